### `/`: der Knoten dieses Tabs. Die Wortwahl steht in frame.ftl.

my-node-blocks = Blöcke
my-node-this-node = dieser Knoten
my-node-balance = Guthaben
my-node-once-mined = davon { $coins } frei
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

my-node-what = Tabchain ist eine Blockchain, die in Browser-Tabs lebt. Dieser Tab ist einer ihrer Knoten: Er prüft jeden Block selbst.
my-node-press = Drück auf den Knopf, und dieses Gerät sucht den nächsten Block. Wer ihn findet, bekommt Spielmünzen.
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
my-node-waits-slept = nein, er hat { $duration } geschlafen und holt erst auf
my-node-waits-catching-up = nein, er holt erst auf
my-node-waits-dates = nein, die Daten der Kette sind der Uhr voraus; weiter in { $duration }
my-node-peers = Nachbarn
my-node-paused-hidden = Pause: Dieser Tab ist verdeckt
my-node-paused-battery = Pause: Der Akku ist schwach

## Die Frage vor dem ersten Hash

my-node-agree-title = Auf diesem Gerät schürfen?
my-node-agree-host-asks = Die Kursleitung bittet dieses Gerät zu schürfen
my-node-agree-processor = Mining lastet den Prozessor aus: Das Gerät wird warm, und der Akku leert sich schneller.
my-node-agree-coins = Es bringt Spielmünzen dieses Netzes ein und sonst nichts.
my-node-agree-stop = Du kannst es jederzeit stoppen. Solange in den Einstellungen „Der Kursleitung folgen“ an ist, kann auch die Kursleitung es starten und stoppen und mit den Münzen dieses Knotens bezahlen.
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
my-node-peer-showed = zeigte zuletzt Block { $height }, { $ago }
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
my-node-follow-why = Die Kursleitung darf hier das Mining starten und stoppen, Geld dieses Knotens senden und seine Verbindungen langsam oder löchrig machen.
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
my-node-alarm-stuck = Das Netz folgt einer Kette, zu der dieser Knoten nicht wechseln kann: Sie hat sich vor so langer Zeit von der eigenen getrennt, dass alte Blöcke nötig sind, und die lassen sich aus dem Speicher dieses Geräts nicht mehr lesen. Starte diesen Knoten neu (lade die Seite neu), dann holt er sie von seinen Nachbarn.
my-node-alarm-unshown = Eine andere Quelle folgt Block { $hash } auf Höhe { $height }, und keiner der Nachbarn dieses Knotens hat ihn gezeigt: Entweder sind sie vom Netz abgeschnitten, oder sie halten Blöcke zurück. Verbinde dich mit einem anderen Relay, oder frag andere, was ihre Knoten zeigen.
my-node-alarm-withheld = Es ist eine Kette mit mehr Arbeit als der eigenen bekannt, und kein Nachbar gibt ihre Blöcke heraus: Sie sind vielleicht verloren oder werden diesem Knoten vorenthalten. Verbinde dich mit anderen Knoten; bis dahin macht dieser mit dem weiter, was er hat.
my-node-miners-plain = Der schnelle Miner ließ sich nicht starten, darum schürft dieser Tab mit dem einfachen, um ein Mehrfaches langsamer. Lade die Seite neu, um den schnellen noch einmal zu versuchen.
my-node-miners-blocked = Dieser Browser lässt die Seite keine Miner starten, darum kann dieser Tab nicht schürfen; vielleicht ist ein Inhaltsblocker der Grund. Sein Knoten prüft weiterhin jeden Block und jede Zahlung. Starte das Mining erneut, um es noch einmal zu versuchen.
my-node-miners-dying = Miner sind immer wieder ausgefallen, darum sind es jetzt weniger. Lade die Seite neu, um wieder alle zu starten.
my-node-stale-tip = Seit { $quiet } ist kein Block gekommen, obwohl fast alle innerhalb von { $usual } kommen: Entweder schürft niemand, oder die Nachbarn dieses Knotens halten Blöcke zurück.
my-node-restarted = Der Knoten ist um { $time } ausgefallen und wurde neu gestartet; Kette, Schlüssel und Geld sind, wo sie waren. ({ $reason })
my-node-other-tab = { $wish } ist in einem anderen Tab offen; dieser hier ist { $name }.
my-node-same-name = Noch ein Knoten heißt { $name }. Gib diesem unten in den Einstellungen einen eigenen Namen.
my-node-saving-stopped = Es werden keine Blöcke mehr gespeichert: { $reason }. Der Knoten läuft im Speicher dieses Tabs weiter, sein Schlüssel bleibt erhalten. Lade die Seite neu, sobald wieder Platz ist; dann holt er das Fehlende nach.
my-node-memory-only = Nichts wird gespeichert: { $reason }. Der Knoten läuft, aber Kette, Schlüssel und Geld sind weg, wenn dieser Tab geschlossen wird. Die Wiederherstellungswörter in den Einstellungen bringen den Schlüssel zurück.
my-node-storage-silent = der Speicher dieses Browsers antwortet nicht
my-node-storage-full = der Speicher dieses Browsers ist voll
my-node-storage-refused = dieser Browser gibt dieser Seite keinen Speicher
my-node-storage-key-unreadable = der hier gespeicherte Schlüssel ließ sich nicht lesen und blieb unangetastet
my-node-storage-cleared = dieser Browser hat gelöscht, was diese Seite gespeichert hatte
my-node-storage-failed = der Speicher dieses Browsers ist ausgefallen: { $error }
my-node-storage-elsewhere = dieser Knoten ist in einem anderen Tab offen
my-node-ended = Der Knoten wurde beendet: Er ist in einem anderen Tab offen; schließe einen davon und lade neu.
my-node-no-worker = Dieser Browser kann den Worker nicht starten, in dem der Knoten läuft.
my-node-no-program = sein Programm ließ sich nicht laden
my-node-silent = er antwortete nicht mehr
my-node-keeps-failing = Der Knoten ist { $count }-mal hintereinander ausgefallen, zuletzt mit: { $reason }.
my-node-failed-unanswered = der Knoten ist ausgefallen, bevor er geantwortet hat; sieh nach, ob es geschehen ist, und versuche es noch einmal
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

## Was die Kursleitung mit Verbindungen macht

my-node-host-parts = Die Kursleitung hat das Netz in { $count } Teile geteilt, die einander nicht erreichen; dieser Knoten ist in Teil { $number }.
my-node-host-cut-one = Die Kursleitung hat deine Verbindung zu { $who } getrennt.
my-node-host-cut = Die Kursleitung hat deine Verbindungen zu { $who } getrennt.
my-node-host-fault-one = Die Kursleitung hat deiner Verbindung zu { $who } das gegeben: { $fault }.
my-node-host-fault = Die Kursleitung hat deinen Verbindungen zu { $who } das gegeben: { $fault }.
my-node-host-not-followed = Dieser Knoten folgt der Kursleitung nicht und sendet wie zuvor; was zu ihm kommt, kann sich verspäten.
my-node-nameless = Knoten { $id }
my-node-many-nodes = { $count } Knoten
my-node-plays-selfish = Die Kursleitung lässt diesen Tab den eigennützigen Miner spielen: Er behält gefundene Blöcke für sich und zeigt sie, wenn es die anderen am meisten kostet.
my-node-hides = { $count ->
    [one] Zurzeit verbirgt er einen Block.
   *[other] Zurzeit verbirgt er { $count } Blöcke.
}
my-node-plays-withholder = Die Kursleitung lässt diesen Tab Blöcke zurückhalten: Er behält, was er findet, für sich und zeigt es, wie eine Tabelle es sagt.
my-node-plays-double-spender = Die Kursleitung lässt diesen Tab den Doppelzahler spielen: Er bezahlt einen Händler und schürft heimlich, was die Zahlung zurücknimmt. Bisher gelangen { $won } von { $count } Versuchen.
my-node-plays-merchant = Die Kursleitung lässt diesen Tab einen Händler spielen: Er liefert nach { $count ->
    [one] { $count } Bestätigung
   *[other] { $count } Bestätigungen
}.
my-node-sold = Geliefert: { $count }, davon zurückgenommen: { $lost }; wartend: { $waiting }.
my-node-is-off = Du hast diesen Knoten vom Netz genommen: Er hört niemanden, und niemand hört ihn.
my-node-go-back = Zurück ins Netz
