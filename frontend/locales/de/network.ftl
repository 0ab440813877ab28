### Das Bild des Netzes in `/control`: Knoten, Verbindungen, Spitzen, und was die Kursleitung mit Verbindungen macht. Wortwahl: frame.ftl.

network-title = Netz
network-looking = Das Netz wird angesehen.
network-cut-done = Getrennt. { $a } und { $b } bleiben getrennt, bis du sie wieder verbindest.
network-linked = { $a } und { $b } sind wieder verbunden.

network-nodes = { $count ->
    [one] { $count } Knoten
   *[other] { $count } Knoten
}
network-links = { $count ->
    [one] { $count } Verbindung
   *[other] { $count } Verbindungen
}

## Das Bild in Worten

network-summary = { $nodes } und { $links }.
network-summary-direct = { $nodes } und { $links }, davon { $count } von Browser zu Browser.
network-drawn = Gezeichnet sind { $nodes } und die Verbindungen zwischen ihnen.
network-no-tip = Noch niemand hat eine Spitze genannt.
network-one-tip = Alle folgen einer Spitze, auf Höhe { $height }.
network-many-tips = Sie folgen { $count } Spitzen.
network-tips = { $count } Spitzen: { $list }.
network-tip-nodes = { $nodes } auf Höhe { $height }
network-in-parts = Das Netz ist in { $count } Teilen, die einander nicht erreichen.
network-faults = { $count ->
    [one] { $count } Verbindung hat eine Störung.
   *[other] { $count } Verbindungen haben eine Störung.
}
network-cuts = { $count ->
    [one] { $count } Verbindung ist von Hand getrennt.
   *[other] { $count } Verbindungen sind von Hand getrennt.
}

## Knoten und Verbindungen

network-height = Höhe { $height }
network-mining = schürft
network-part = Teil { $number }
network-tab = Tab
network-relay = Relay
network-native = eigener Prozess
network-carried = über das Relay
network-webrtc = WebRTC
network-opening = im Aufbau
network-cut = getrennt
network-as-before = { $name } sendet wie zuvor: Der Knoten folgt dir nicht oder hat sich noch nicht gemeldet.
network-nobody-yet = Noch keiner der beiden Knoten hat sich dazu gemeldet.
network-keys = Knoten. Pfeiltasten gehen von einem zum anderen, die Leertaste wählt einen aus, L zeigt nacheinander seine Verbindungen, Entf trennt die gezeigte.

## Teile

network-divide = Das Netz teilen
network-select = Zum Abtrennen Knoten auswählen
network-part-selected = { $nodes } vom Rest abtrennen
network-heal = Das Netz heilen
network-parted = { $nodes } und die anderen erreichen einander nicht mehr: { $links } getrennt.
network-healed = Das Netz ist wieder ganz: { $links } hergestellt.

## Die betrachtete Verbindung

network-legend = Was das Bild zeigt
network-hint = Drück auf eine Verbindung, um sie anzusehen; zieh sie auseinander, um sie zu trennen. Ein Block wandert über die Verbindung, die sein Empfänger nennt; die Reihenfolge ist bekannt, das Tempo nicht.
network-link = Verbindung
network-none-chosen = keine gewählt
network-link-does = Was diese Verbindung tut
network-delay = Verzögerung, ms
network-jitter = Schwankung, ms
network-loss = Verlust, %
network-limit = Grenze, kB/s
network-apply = Setzen
network-mend = Beheben
network-cut-button = Trennen
network-link-again = Wieder verbinden
network-told = Beiden Enden gesagt: { $fault }.
network-mended = Die Verbindung ist so gut wie zuvor.
network-write-number = { $field }: Schreib eine Zahl, etwa 200, oder nichts.
network-write-fault = Schreib, was die Verbindung tun soll, etwa 2000 ms Verzögerung; Beheben nimmt es wieder weg.
network-choice-cut = { $names } (getrennt)

## Die Tabelle

network-table = Dasselbe als Tabelle
network-table-label = Das Netz als Tabelle
network-col-node = Knoten
network-col-kind = Art
network-col-tip = Spitze
network-col-linked = Verbunden mit
network-attacker = unehrlicher Tab
