### `/control`: das Steuerpult der Kursleitung. Die Wortwahl steht in frame.ftl.

control-title = Steuerung
control-failing = { $reason } Was du siehst, ist von { $since }. Jede Sekunde ein neuer Versuch.
control-steering = Du steuerst
control-watching = Nur Zuschauen: öffne zum Steuern den Link, den das Relay beim Start ausgibt
control-fact-network = Netz
control-fact-height = Höhe
control-fact-difficulty = Schwierigkeit
control-fact-waiting = Es warten
control-fact-hashrate = Alle zusammen

## Der Zugang

control-join = Mitmachen
control-join-for = Wofür der Link ist
control-join-to-mine = und schürfen
control-join-to-watch = zusehen
control-join-link = Link zum Mitmachen
control-join-mines = Wer ihn öffnet, stimmt dem Schürfen auf diesem Gerät zu; das steht auch dort.
control-join-asks = Jede Person wird gefragt, bevor ihr Gerät schürft.
control-join-local = Telefone können diesen Link nicht öffnen. Starte das Relay mit { $flag } und öffne diese Seite über die Netzwerkadresse des Rechners.

## Das Bild in der Mitte

control-stage = Das Bild
control-stage-chain = Kette
control-stage-network = Netz
control-stage-charts = Diagramme

## Knoten

control-nodes = Knoten
control-nodes-of = { $shown } von { $all }
control-nodes-count = { $count } Knoten
control-nodes-filter = Nach Name, Kennung oder Adresse filtern
control-nodes-none-fits = Kein Knoten hat das in Name, Kennung oder Adresse.
control-column-node = Knoten
control-column-height = Höhe
control-column-tip = Spitze
control-column-hashrate = Hashrate
control-column-share = Belegter Anteil
control-column-balance = Guthaben
control-column-links = Verbindungen
control-column-orders = Aufträge
control-select-shown = Alle angezeigten auswählen
control-select-node = { $name } auswählen
control-kind-tab = Tab
control-kind-relay = Relay
control-kind-this-relay = dieses Relay
control-on-its-own = eigenständig
control-on-its-own-why = Die Person dort hat ausgeschaltet, der Kursleitung zu folgen
control-proven = Durch Shares der letzten Minute bewiesen: { $rate }
control-doubt-unproven = unbewiesen
control-doubt-unproven-why = behauptet zu rechnen und beweist nichts
control-doubt-more = zweifelhaft
control-doubt-more-why = behauptet mehr, als er beweist
control-waits-clock = wartet: Uhr
control-waits-clock-why = soll schürfen und wartet: Blöcke kamen schneller, als die Uhr geht, deshalb sind ihr die Daten der Kette voraus
control-waits-chain = holt die Kette
control-waits-chain-why = soll schürfen und wartet: er holt erst eine bessere Kette
control-waits-waking = wacht auf
control-waits-waking-why = soll schürfen und wartet: er hat geschlafen und holt erst auf
control-start = Start
control-stop = Stopp
control-start-node = Start: Auf { $name } schürfen
control-stop-node = Stopp: Auf { $name } nicht mehr schürfen
control-send-to = Senden an …
control-send-to-node = Senden an { $name }

## Aufträge an Knoten

control-limit = Grenze
control-limit-none = keine
control-limit-in-force = { $count ->
    [one] Grenze in Kraft: { $limit } bei { $count } Knoten
   *[other] Grenze in Kraft: je { $limit } bei { $count } Knoten
}
control-limit-several = Grenzen in Kraft: verschiedene bei { $count } Knoten
control-limit-of-node = höchstens { $limit }
control-limit-label = Hashes pro Sekunde oder Prozent des Rechners, für jeden Knoten
control-limit-examples = Schreibe die Grenze als Hashes pro Sekunde, etwa 4, 20000, 20k oder 1.5M, oder als Teil jedes Rechners, etwa 25%; ohne Grenze bleibt das Feld leer.
control-start-all = Alle starten
control-stop-all = Alle stoppen
control-start-selected = Auswahl starten
control-stop-selected = Auswahl stoppen
control-one-node = Der Knoten für einen Block oder einen Anteil
control-mine-one = Block schürfen
control-share-label = Prozent der gesamten Hashrate
control-share-set-button = % Anteil
control-share-why = Begrenzt Hashraten, bis der gewählte Knoten diesen Anteil an allem Bewiesenen hat
control-share-bad = Schreibe den Anteil in Prozent, über 0 und unter 100, etwa 30.
control-share-node-rests = { $name } beweist keine Hashrate: Lass ihn ohne Grenze schürfen und warte, bis seine Shares zeigen, wie schnell er ist.
control-share-others-rest = Sonst beweist niemand eine Hashrate: Lass andere Knoten schürfen, dann kann { $name } einen Anteil haben.
control-share-set = { $name } bekommt { $percent } % der Hashrate; dafür gebremst: { $who }. Nach einer Minute ist es zu sehen.
control-order-started = { $who }: schürft
control-order-stopped = { $who }: schürft nicht mehr
control-order-one-block = { $who }: schürft einen Block
control-order-refused = { $name } lehnt ab: { $reason }

## Zahlungen

control-side = Zahlungen und Parameter
control-payment = Zahlung
control-from = Von
control-to = An
control-amount = Betrag
control-send = Senden
control-sent = Gesendet (…{ $txid }).
control-two-nodes = Dazu braucht es zwei Knoten: Öffne noch einen Tab.
control-bad-amount = Betrag: { $reason }.

control-traffic = Verkehr
control-traffic-rate = Pro Sekunde
control-traffic-count = Insgesamt
control-traffic-each = TAB je Zahlung
control-traffic-among-all = Echte Zahlungen, zufällig zwischen allen Knoten, die der Kursleitung folgen.
control-traffic-among = { $count ->
    [one] Echte Zahlungen vom ausgewählten Knoten: Wähle noch einen aus.
   *[other] Echte Zahlungen, zufällig zwischen den { $count } ausgewählten Knoten.
}
control-traffic-ends = Diese Seite sendet sie: Wird sie geschlossen, hören sie auf.
control-traffic-start = Verkehr starten
control-traffic-stop = Verkehr stoppen
control-traffic-tally = { $sent ->
    [one] { $sent } Zahlung gesendet, { $refused } abgelehnt.
   *[other] { $sent } Zahlungen gesendet, { $refused } abgelehnt.
}
control-traffic-nobody = Wartet: Niemand hat Guthaben, das an jemand anderen gehen könnte. Lass einen Knoten einen Block schürfen.
control-traffic-refused-often = Angehalten, weil alle abgelehnt wurden.
control-traffic-bad-rate = Zahlungen pro Sekunde: Schreibe eine Zahl über 0, höchstens { $most }.
control-traffic-bad-count = Zahlungen insgesamt: Schreibe eine ganze Zahl von 1 bis { $most }.

## Die Parameter des Netzes

control-about = Parameter
control-about-loading = Das Relay wird gefragt …
control-about-interval = Ein Block alle
control-about-interval-value = { $time }, im Mittel
control-about-difficulty = Schwierigkeit
control-about-retarget = Sie ändert sich
control-about-half-life = mit jedem Block; { $time } Rückstand auf den Plan halbieren sie
control-about-never = nie
control-about-work = Arbeitsnachweis
control-about-subsidy = Neue Münzen
control-about-halving = Sie halbieren sich
control-about-halving-value = alle { $blocks } Blöcke
control-about-size = Blockgröße
control-about-size-value = höchstens { $bytes } Byte
control-about-future = Vordatiert um
control-about-future-now = höchstens { $most }; der neueste Block ist der Uhr { $now } voraus
control-difficulty-rising = { $now }, steigt: zuletzt ein Block alle { $observed } (letzte { $count }), gewollt sind { $wanted }
control-difficulty-easing = { $now }, sinkt: zuletzt ein Block alle { $observed } (letzte { $count }), gewollt sind { $wanted }
control-difficulty-stall = { $now }, sinkt nach einer Pause: beobachtet { $observed }
control-difficulty-steady = { $now }, gleichbleibend: zuletzt ein Block alle { $observed } (letzte { $count }), gewollt sind { $wanted }

## Was geschah

control-journal = Was geschah
control-journal-empty = Blöcke, Ankünfte und Antworten erscheinen hier.
control-journal-topic = Welche Zeilen gezeigt werden
control-topic-all = Alles
control-topic-blocks = Blöcke
control-topic-nodes = Knoten
control-topic-payments = Zahlungen
control-topic-orders = Antworten
control-event-block = { $payments ->
    [0] Block { $height } von { $miner }
    [one] Block { $height } von { $miner }, { $payments } Zahlung
   *[other] Block { $height } von { $miner }, { $payments } Zahlungen
}
control-event-reorg = { $lost ->
    [one] Reorganisation über Block { $height }: { $lost } Block durch { $won } ersetzt
   *[other] Reorganisation über Block { $height }: { $lost } Blöcke durch { $won } ersetzt
}
control-event-payment = { $from } zahlt { $to } { $amount }
control-event-joined = { $name } ist da
control-event-left = { $name } ist gegangen
control-event-links = Verbindungen: { $made } hergestellt, { $cut } getrennt
control-event-gap = Hier fehlen einige Zeilen. Alles andere in der Steuerung ist auf dem neuesten Stand.
control-events-broken = Die Ereignisse des Relays kommen nicht an: { $reason } Diese Seite sieht stattdessen jede Sekunde nach und versucht es weiter.
control-events-nonsense = Sie sind hier nicht zu verstehen.

## Die Sitzung als Datei

control-session-save = Sitzung sichern
control-session-why = Kette, Knoten, Ereignisse und Messwerte in einer Datei, die „tabchain verify“ prüft
control-session-failed = Die Sitzung konnte nicht gesichert werden: { $reason }

## Verbindungen

control-links = Verbindungen
control-links-change = Verbindungen ändern
control-links-count = { $count ->
    [one] { $count } Verbindung
   *[other] { $count } Verbindungen
}
control-links-webrtc = { $count } über WebRTC
control-links-cut = { $count } von Hand getrennt
control-links-none = Öffne zwei Tabs, um eine Verbindung zu sehen.
control-links-more = { $count ->
    [one] und { $count } weitere Verbindung
   *[other] und { $count } weitere Verbindungen
}
control-shape = Topologie
control-shape-random = Zufällig
control-shape-mesh = Vermascht
control-shape-mesh-why = Vermascht: alle mit allen
control-shape-star = Stern
control-shape-star-why = Stern: alle nur mit dem Relay
control-shape-ring = Ring
control-shape-ring-why = Ring: je zwei Nachbarn
control-shape-set = { $shape }: { $made ->
    [one] { $made } Verbindung hergestellt
   *[other] { $made } Verbindungen hergestellt
}, { $cut } getrennt.
control-random-each = { $count ->
    [one] Zufällig, je { $count } anderer
   *[other] Zufällig, je { $count } andere
}
control-degree = Andere je Knoten
control-bad-degree = Andere je Knoten: Schreibe eine ganze Zahl, etwa 8.
control-apply = Anwenden
control-link = Verbinde
control-link-with = mit
control-link-make = Verbinden
control-linked = Verbunden; das bleibt so, was auch immer die Topologie verlangt, bis du eine neue anwendest.
control-linked-already = Sie waren schon verbunden; jetzt ist es deine Verbindung.
control-link-cut = Getrennt. { $a } und { $b } bleiben getrennt, bis du sie wieder verbindest oder eine Topologie anwendest.
control-cut = Trennen
control-cut-link = Die Verbindung zwischen { $a } und { $b } trennen
control-by-hand = von Hand
control-way-relay = über das Relay
control-way-opening = öffnet sich
control-way-changing = wechselt

## Diagramme

control-chart-empty = Noch wurde nichts gemessen.
control-chart-table = Zahlen
control-chart-time = Zeit
control-chart-height = Höhe
control-chart-from = Ab
control-chart-csv-label = CSV: { $title }
control-chart-png-label = PNG: { $title }
control-chart-hashrate = Hashrate
control-chart-hashrate-about = { $rate } jetzt durch Shares bewiesen; die letzte Stunde
control-chart-proven = bewiesen
control-chart-claimed = behauptet
control-chart-intervals = Zwischen Blöcken
control-chart-intervals-about = Letzte { $count }: im Mittel { $observed }, gewollt { $wanted }
control-chart-found = Blöcke
control-chart-expected = durch Zufall erwartet
control-chart-difficulty = Schwierigkeit
control-chart-difficulty-about = { $difficulty } mal so schwer wie das Leichteste, aus den Headern der Blöcke
control-chart-propagation = Ausbreitung
control-chart-propagation-about = Median { $median } ms aus { $count }, vom Header bis zum gespeicherten Block beim Relay
control-chart-millis = Millisekunden
control-chart-stale = Verwaiste Blöcke
control-chart-stale-about = { $count } insgesamt, { $percent } der Blöcke, die das Relay kennt
control-chart-stale-percent = Prozent
control-chart-mempool = Wartende Zahlungen
control-chart-mempool-about = { $count } warten jetzt; die letzte Stunde
control-chart-waiting = Zahlungen

## What a host does first

control-steps = Deine ersten drei Schritte
control-steps-close = Verstanden
control-step-done = erledigt:
control-step-share = Link teilen
control-step-share-how = Zeig den QR-Code oder verschick den Link. Wer ihn öffnet, ist ein Knoten dieses Netzes.
control-step-mine = Mining starten
control-step-mine-how = Starte alle Knoten oder einen davon: Wer einen Block findet, bekommt dessen Münzen.
control-step-pay = Eine Zahlung senden
control-step-pay-how = Von irgendeinem Knoten an einen anderen. Sie wartet, und dann steht sie in einem Block.
control-join-large = Groß zeigen
control-join-close = Schließen
control-chart-intervals-none = Noch keine zwei Blöcke; gewünscht sind { $wanted }
control-event-linked = { $links } verbunden
control-event-unlinked = { $links } nicht mehr verbunden
