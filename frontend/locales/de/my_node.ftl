### `/`: der Knoten dieses Tabs. Die Wortwahl steht in frame.ftl.

my-node-blocks = Blöcke
my-node-no-chain = Die Kette erscheint hier, sobald das Relay gesagt hat, welches Netz das ist.
my-node-this-node = dieser Knoten
my-node-balance = Guthaben
my-node-once-mined = { $coins }, sobald die Warteschlange geschürft ist
my-node-address = Adresse
my-node-height = Höhe
my-node-tip = Spitze
my-node-difficulty = Schwierigkeit

## Wie weit der Knoten ist

my-node-not-started = Nicht gestartet
my-node-reading-back = Liest die eigene Kette ein: bisher { $count ->
    [one] { $count } Block
   *[other] { $count } Blöcke
}
my-node-no-answer = Verbunden, aber kein anderer Knoten antwortet
my-node-alone = Kein anderer Knoten da
my-node-weighing = Prüft eine lange Kette: { $have } von { $of } Headern
my-node-learning-headers = Lädt Header: { $have } von { $of }
my-node-catching-up = Holt auf: { $have } von { $of } Blöcken
my-node-current = Auf dem neuesten Stand

## Der eine Knopf, und wie es läuft

my-node-full-node = ein vollwertiger Knoten in diesem Tab
my-node-full-node-on = ein vollwertiger Knoten im Netz { $network }
my-node-getting-ready = Wird vorbereitet …
my-node-start-mining = Mining starten
my-node-stop-mining = Mining stoppen
my-node-found = { $count ->
    [one] { $count } Block gefunden
   *[other] { $count } Blöcke gefunden
}
my-node-energy-about = Etwa { $energy } pro Block (grob geschätzt: { $watts } W je ausgelasteten Kern)
my-node-energy-at-most = Höchstens { $energy } pro Block (grob geschätzt: { $watts } W je ausgelasteten Kern)
my-node-mining = Mining
my-node-mining-on = an
my-node-mining-to-go = { $count ->
    [one] an, noch { $count } Block
   *[other] an, noch { $count } Blöcke
}
my-node-mining-off = aus
my-node-network = Netz
my-node-connecting = verbindet sich
my-node-connected = verbunden seit { $time }
my-node-connected-to = verbunden mit { $relay } seit { $time }
my-node-looking = sucht das Relay seit { $time }
my-node-offline = abgeschaltet um { $time }
my-node-hashing-now = Rechnet gerade
my-node-hashing-yes = ja
my-node-hashing-no = nein
my-node-hashing-starting = startet
my-node-hashing-hindered = nein, etwas hindert es
my-node-peers = Nachbarn
my-node-paused-hidden = Pause: Dieser Tab ist verdeckt
my-node-paused-battery = Pause: Der Akku ist schwach

## Die Frage vor dem ersten Hash

my-node-agree-title = Auf diesem Gerät schürfen?
my-node-agree-host-asks = Die Kursleitung bittet dieses Gerät zu schürfen
my-node-agree-processor = Mining lastet den Prozessor aus: Das Gerät wird warm, und der Akku leert sich schneller.
my-node-agree-coins = Es bringt Spielmünzen dieses Netzes ein und sonst nichts.
my-node-agree-stop = Du kannst es jederzeit stoppen. Solange in den Einstellungen „Der Kursleitung folgen“ an ist, kann auch die Kursleitung es starten und stoppen.
my-node-agree-yes = Auf diesem Gerät schürfen
my-node-agree-not-now = Jetzt nicht
my-node-share-title = Wie viel von diesem Gerät
my-node-share-all = Alles
my-node-share-half = Die Hälfte
my-node-share-little = Wenig
my-node-cores = { $count ->
    [one] { $count } Kern
   *[other] { $count } Kerne
}

## Was wartet, und wer verbunden ist

my-node-waiting = In der Warteschlange
my-node-none-waits = Keine Zahlung wartet.
my-node-waiting-more = und { $count } weitere
my-node-waiting-fee = Gebühr { $fee }
my-node-you = du
my-node-linked = Verbundene Knoten
my-node-none-linked = Kein anderer Knoten ist mit diesem verbunden.
my-node-link-direct = direkt
my-node-link-carried = über das Relay
my-node-round-trip = { $millis } ms
my-node-kind-tab = Tab
my-node-kind-relay = Relay
my-node-pay = Bezahlen
my-node-peer-behind = zeigte zuletzt Block { $height }
my-node-peer-ahead = voraus, bei Block { $height }
my-node-peer-level = gleiche Höhe

## Einstellungen

my-node-settings = Einstellungen
my-node-name = Name
my-node-name-save = Speichern
my-node-name-saved = Gespeichert.
my-node-name-length = Ein Name hat 1 bis 64 Zeichen.
my-node-name-ordinary = Ein Name ist eine Zeile aus gewöhnlichen Zeichen.
my-node-name-refused = Nicht umbenannt: { $reason }.
my-node-follow = Der Kursleitung folgen
my-node-follow-why = Die Kursleitung darf hier das Mining starten und stoppen und Geld dieses Knotens senden.
my-node-offline-switch = Offline arbeiten
my-node-offline-why = Das Netz verlassen und allein weitermachen, um zu sehen, was eine Trennung mit einer Kette macht.
my-node-workers = Miner
my-node-workers-switched = Der neueste Auftrag war nach { $millis } ms bei allen.
my-node-pause-hidden = Pause, wenn verdeckt
my-node-pause-hidden-why = Die Miner ruhen, solange ein anderer Tab oder ein Fenster diesen Tab verdeckt.
my-node-pause-battery = Pause bei schwachem Akku
my-node-battery-why = Die Miner ruhen bei { $percent } % und darunter, außer der Akku wird geladen.
my-node-battery-unknown = Dieser Browser verrät Seiten nichts über seinen Akku.
my-node-agreed = Du hast dem Mining auf diesem Gerät zugestimmt.
my-node-not-agreed = Hier wird nichts geschürft, bevor du zugestimmt hast.
my-node-withdraw = Widerrufen
my-node-compare = Mit der Spitze eines anderen Knotens vergleichen
my-node-compare-hint = Höhe und Hash, wie seine Seite sie zeigt
my-node-compare-button = Vergleichen
my-node-compare-both = Gib die Höhe des Blocks ein, ein Leerzeichen und seinen Hash aus 64 Zeichen.
my-node-compare-no-height = { $height } ist keine Höhe: Eine Höhe besteht nur aus Ziffern.
my-node-compare-no-hash = Ein Hash hat 64 Zeichen, 0 bis 9 und a bis f.
my-node-compare-refused = Nicht verglichen: { $reason }.
my-node-compare-asked = Dieser Knoten fragt seine Nachbarn nach dem Block. Zeigt ihn keiner, erscheint in einer halben Minute eine Warnung.

## Hinweise

my-node-reload = Seite neu laden
my-node-relay-gone-alone = Das Relay ist seit { $time } weg. Dieser Knoten behält seine Kette, macht allein weiter und verbindet sich wieder, sobald das Relay zurück ist.
my-node-relay-gone-alone-others = Das Relay ist seit { $time } weg. Dieser Knoten behält seine Kette, macht allein weiter und verbindet sich wieder, sobald es oder ein anderes Relay antwortet.
my-node-relay-gone-linked = Das Relay ist seit { $time } weg. Dieser Knoten behält seine Kette, macht über { $count ->
    [one] { $count } direkte Verbindung
   *[other] { $count } direkte Verbindungen
} weiter und verbindet sich wieder, sobald das Relay zurück ist.
my-node-relay-gone-linked-others = Das Relay ist seit { $time } weg. Dieser Knoten behält seine Kette, macht über { $count ->
    [one] { $count } direkte Verbindung
   *[other] { $count } direkte Verbindungen
} weiter und verbindet sich wieder, sobald es oder ein anderes Relay antwortet.
my-node-slept = Dieser Tab hat { $duration } geschlafen; er holt erst auf, bevor er wieder schürft.
my-node-stale-tip = Seit { $quiet } ist kein Block gekommen, obwohl fast alle innerhalb von { $usual } kommen: Entweder schürft niemand, oder die Nachbarn dieses Knotens halten Blöcke zurück.
my-node-restarted = Der Knoten ist um { $time } ausgefallen und wurde neu gestartet; Kette, Schlüssel und Geld sind, wo sie waren. ({ $reason })
my-node-other-tab = { $wish } ist in einem anderen Tab offen; dieser hier ist { $name }.
my-node-same-name = Noch ein Knoten heißt { $name }. Gib diesem unten in den Einstellungen einen eigenen Namen.
my-node-saving-stopped = Es werden keine Blöcke mehr gespeichert: { $reason }. Der Knoten läuft im Speicher dieses Tabs weiter, sein Schlüssel bleibt erhalten. Lade die Seite neu, sobald wieder Platz ist; dann holt er das Fehlende nach.
my-node-memory-only = Nichts wird gespeichert: { $reason }. Der Knoten läuft, aber Kette, Schlüssel und Geld sind weg, wenn dieser Tab geschlossen wird. Die Wiederherstellungswörter in den Einstellungen bringen den Schlüssel zurück.
my-node-joined = Du bist über einen Link gekommen, mit dem die Kursleitung auf diesem Gerät schürfen darf. Mining lastet den Prozessor aus, wärmt das Gerät und leert den Akku; du kannst es jederzeit stoppen und unten in den Einstellungen Pausen wählen.
my-node-joined-read = Gelesen
my-node-joined-withdraw = Hier nicht schürfen
my-node-host-asks = Die Kursleitung bittet dieses Gerät zu schürfen.
my-node-host-answer = Antworten
my-node-clock-ahead = Die Uhr dieses Geräts geht gegenüber dem Relay { $off } vor. Andere Knoten halten hier geschürfte Blöcke zurück, weil ihr Datum zu weit in der Zukunft liegt; stelle die Uhr und lade dann diese Seite neu.
my-node-clock-behind = Die Uhr dieses Geräts geht gegenüber dem Relay { $off } nach. Blöcke anderer Knoten scheinen dadurch aus der Zukunft zu kommen und müssen womöglich warten; stelle die Uhr und lade dann diese Seite neu.
my-node-clock-behind-held = Die Uhr dieses Geräts geht gegenüber dem Relay { $off } nach. Darum { $count ->
    [one] wartet hier { $count } Block anderer Knoten
   *[other] warten hier { $count } Blöcke anderer Knoten
}, bis sie das Datum der Blöcke erreicht hat. Stelle die Uhr und lade dann diese Seite neu.
my-node-reorg = Um { $time } hat sich eine längere Kette durchgesetzt: { $lost ->
    [one] { $lost } Block wurde
   *[other] { $lost } Blöcke wurden
} durch { $won } ersetzt{ $returned ->
    [0] .
    [one] , { $returned } Zahlung ging in die Warteschlange zurück.
   *[other] , { $returned } Zahlungen gingen in die Warteschlange zurück.
}
