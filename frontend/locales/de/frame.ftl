### Der Rahmen um jede Seite, Zustände, in denen jede Seite sein kann, und Einheiten.
###
### Wortwahl: block = Block, chain = Kette, tip = Spitze, height = Höhe, fork = Abspaltung, fork point = Gabelung,
### reorg = Reorganisation, stale = verwaist, mining = Mining, to mine = schürfen, miner = Miner, hash rate = Hashrate,
### difficulty = Schwierigkeit, target = Zielwert, share = Share, mempool = Warteschlange, payment = Zahlung, fee = Gebühr,
### recovery phrase = Wiederherstellungswörter, node = Knoten, peer = Nachbar, relay = Relay, link = Verbindung,
### host = Kursleitung, tab = Tab, Lab = Labor. Anrede: du.

frame-pages = Seiten
frame-skip = Zum Inhalt springen
frame-my-node = Mein Knoten
frame-control = Steuerung
frame-explorer = Explorer
frame-lab = Labor
frame-learn = Lektionen
frame-language = Sprache
frame-page-loading = Wird geladen …
frame-page-failed = Diese Seite ließ sich nicht laden, weil das Relay nicht antwortet. Lade sie neu, um es noch einmal zu versuchen.
frame-rest-late = Der Rest dieser Seite ist noch nicht da: Das Relay antwortet nicht oder hat inzwischen eine andere Version. Es wird alle zwei Sekunden wieder gefragt; hilft das nicht, lade die Seite neu.

frame-not-found = Nicht gefunden
frame-not-found-title = Hier ist keine Seite
frame-not-found-why = Vielleicht ist die Adresse vertippt. Alles, was es gibt, ist über die Leiste oben zu erreichen.
frame-to-my-node = Zu meinem Knoten

frame-just-now = gerade eben
frame-copy = Kopieren
frame-copied = Kopiert
frame-selected = Markiert
frame-qr = QR-Code des Links zum Mitmachen
frame-relay-silent = Das Relay antwortet nicht.
frame-relay-nonsense = Die Antwort des Relays ergibt hier keinen Sinn: { $error }.
frame-relay-status = Das Relay hat mit Status { $status } geantwortet.
frame-only-watching = Dieser Tab darf nur zuschauen: Er wurde nicht mit dem Link der Kursleitung geöffnet.

frame-fault-delay = { $time } Verzögerung
frame-fault-jitter = bis zu { $time } Schwankung
frame-fault-loss = { $percent } % Verlust
frame-fault-limit = höchstens { $rate } kB/s
frame-and = { $first } und { $last }

frame-refused-balance = { $has } sind da, { $needs } sind nötig
frame-refused-fee = nötig ist eine Gebühr von mindestens { $fee }
frame-refused-replacement = eine andere Zahlung hat diese Nummer; eine mit einer Gebühr von mindestens { $fee } tritt an ihre Stelle
frame-refused-many = es warten schon zu viele Zahlungen; versuche es nach dem nächsten Block noch einmal
frame-refused-full = gerade werden nur Zahlungen mit höherer Gebühr angenommen
frame-refused-known = diese Zahlung wartet schon
frame-refused-zero = eine Zahlung bewegt mehr als nichts
frame-refused-nonce = in der Kette steht schon eine Zahlung mit dieser Nummer
frame-refused-signature = die Signatur passt nicht zum Schlüssel des Absenders
frame-amount-format = schreibe einen Betrag wie 2 oder 0.25
frame-amount-decimals = ein Betrag hat höchstens acht Nachkommastellen
frame-amount-negative = ein Betrag kann nicht negativ sein
frame-amount-large = mehr als 21 Millionen Münzen kann es nie geben
frame-address-mistyped = in der Adresse ist ein Zeichen falsch oder fehlt
frame-address-prefix = eine Adresse beginnt mit tab1
frame-address-length = die Adresse hat die falsche Länge
frame-memo-long = höchstens { $most } Bytes; diese ist länger

frame-role-honest = ehrlich
frame-role-selfish = eigennütziger Miner
frame-role-withholder = zurückhaltender Miner
frame-role-double-spender = Doppelzahler
frame-role-merchant = Händler, { $count ->
    [one] { $count } Bestätigung
   *[other] { $count } Bestätigungen
}
frame-refuses = { $name } lehnt ab: { $reason }
