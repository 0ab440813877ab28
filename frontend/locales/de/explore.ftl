### `/explore`: Blöcke, Transaktionen und Konten, auseinandergenommen. Die Wortwahl steht in frame.ftl.

explore-search = Höhe, Hash oder ein Teil davon, Transaktion, Adresse oder Name eines Knotens
explore-search-hint = Höhe, Hash, Transaktion, Adresse oder Name
explore-find = Suchen
explore-search-nothing = „{ $wanted }“ ist keine Höhe, kein Hash und keine Adresse, die mit tab1 beginnt, und kein verbundener Knoten heißt so.
explore-search-unknown = Der Knoten des Relays kennt weder einen Block noch eine Transaktion „{ $wanted }“.
explore-search-no-part = „{ $wanted }“ ist kein Name eines verbundenen Knotens, und kein Hash eines Blocks oder einer neueren Transaktion beginnt oder endet so.
explore-search-several = Die Hashes von { $count } Blöcken und Transaktionen beginnen oder enden mit „{ $wanted }“: Schreib mehr von dem Hash, den du meinst.
explore-search-many = Die Hashes von mehr als { $count } Blöcken und Transaktionen beginnen oder enden mit „{ $wanted }“: Schreib mehr von dem Hash, den du meinst.
explore-fetching = Wird vom Relay geholt …
explore-blocks = Blöcke der aktiven Kette
explore-newest = Neueste
explore-earlier = Frühere
explore-more = und { $count } weitere
explore-height = Höhe
explore-hash-ends = Hash endet auf
explore-txid-ends = Txid endet auf
explore-found-by = Gefunden von
explore-payments = Zahlungen
explore-bytes = Bytes
explore-dated = Datiert
explore-genesis = Genesis

## Was das Relay schickt

explore-sent-no-block = Das Relay hat etwas geschickt, das kein Block ist: { $error }.
explore-sent-no-parent = Das Relay hat etwas geschickt, das kein Block ist.
explore-sent-another-block = Das Relay hat einen anderen Block geschickt als den verlangten: { $hash }.
explore-sent-no-headers = Das Relay hat etwas geschickt, das keine Header sind: { $error }.
explore-another-transaction = Das Relay hat eine andere Transaktion geschickt als die verlangte.
explore-no-txid = Eine Txid hat 64 Hexadezimalziffern.

## Ein Block

explore-block = Block
explore-block-title = Block { $height }
explore-in-block = Block { $height }
explore-the-block = Der Block
explore-hash = Hash
explore-stands = Stand
explore-standing-stale = verwaist: Ein anderer Ast hat mehr Arbeit
explore-standing-tip = die Spitze der aktiven Kette
explore-standing-active = auf der aktiven Kette, { $count ->
    [one] { $count } Bestätigung
   *[other] { $count } Bestätigungen
}
explore-confirmations = { $count ->
    [one] { $count } Bestätigung
   *[other] { $count } Bestätigungen
}
explore-below = ← Block darunter
explore-above = Block darüber →
explore-its-bytes = Seine Bytes
explore-change-bytes = Drücke auf ein Byte, um es zu ändern, oder gehe mit den Pfeiltasten hin und tippe. Es ändert sich nur auf dieser Seite.
explore-part = Teil des Blocks
explore-part-header = Header
explore-part-coinbase = Coinbase
explore-part-payment = Zahlung { $number }
explore-byte = { $field }, Byte { $at }: { $value }
explore-its-header = Sein Header
explore-bits = { $bits } (Schwierigkeit { $difficulty })
explore-its-transactions = Transaktionen
explore-new-coins = neue Münzen und Gebühren

## Regeln

explore-judged = Hier geprüft, mit dem Code eines Knotens
explore-judged-not = Ob jeder Absender die Münzen hatte und in welcher Reihenfolge er sie ausgab, weiß nur, wer die ganze Kette hat: Das prüft jeder Knoten, wenn der Block kommt.
explore-ruling-kept = ja:
explore-ruling-broken = nein:
explore-ruling-open = nicht geprüft:
explore-rule-work = Sein Arbeitsnachweis erfüllt den Zielwert
explore-rule-parent = Er nennt den Block darunter als Vorgänger
explore-rule-context = Schwierigkeit und Datum sind so, wie die Regeln es verlangen
explore-rule-bytes = Seine Bytes sind ein Block
explore-rule-identity = Seine Transaktionen sind die, die der Header meint
explore-rule-transactions = Jede Transaktion ist richtig gebaut und unterschrieben
explore-rule-coinbase = Der Miner nimmt sich nicht mehr, als er darf
explore-open-unreadable = Die Bytes sind kein Block.
explore-open-genesis = Genesis folgt aus den Parametern des Netzes; niemand hat ihn geschürft.
explore-open-below = Unter Genesis ist nichts.
explore-open-not-its-own = Es sind nicht die des Headers.
explore-open-pays-nobody = Genesis bezahlt niemanden.
explore-open-unsound = Seine Transaktionen sind nicht in Ordnung.

## Ein geändertes Byte

explore-fix-root = Neue Merkle-Wurzel einsetzen
explore-mine-again = Neu schürfen
explore-undo = Rückgängig
explore-rung-hash = Hash.
explore-rung-block = Block.
explore-rung-chain = Kette.
explore-rung-nodes = Knoten.
explore-hash-changed = Sein Hash endete auf { $before } und endet jetzt auf { $now }.
explore-hash-same = Sein Hash ist derselbe: Er deckt nur den Header ab, und der Header meint andere Transaktionen.
explore-hash-none = Es gibt keinen Header mehr, der sich hashen ließe.
explore-block-kept = Er hält jede Regel ein, die hier geprüft wird: ein eigener Block mit eigener Arbeit.
explore-block-broken = Er verletzt { $count ->
    [one] { $count } Regel
   *[other] { $count } Regeln
}.
explore-chain-none = Noch steht kein Block auf ihm.
explore-chain-cut = Block { $height } nennt den alten Hash als Vorgänger. Er und was auf ihm steht, zusammen { $count ->
    [one] { $count } Block
   *[other] { $count } Blöcke
}, hängen jetzt in der Luft.
explore-chain-kept = Block { $height } steht weiter auf diesem Header, der aber zu anderen Transaktionen gehört.
explore-nodes-rival = Andere Knoten hielten ihn für einen Rivalen der Spitze und blieben bei dem, den sie zuerst gesehen haben.
explore-nodes-stale = Andere Knoten hielten ihn für einen verwaisten Ast: Die Kette, der sie folgen, hat die Arbeit von { $count ->
    [one] { $count } weiteren Block
   *[other] { $count } weiteren Blöcken
}. Wer gewinnen will, muss sie alle neu schürfen, schneller, als alle anderen weitermachen.
explore-nodes-wait = Jeder Knoten legt ihn beiseite, bis sein Datum gekommen ist, und prüft ihn dann.
explore-nodes-refuse = Jeder Knoten lehnt ihn ab und sperrt, wer ihn schickt. Ihre eigenen Kopien bleiben, wie sie sind.
explore-searching = Suche nach einer Nonce: { $tried } versucht …
explore-gave-up = Nach einer halben Minute und { $tried } Versuchen keine Nonce gefunden. Wer fälscht, braucht so viel Arbeit, wie das Netz hineingesteckt hat.

## Eine Transaktion

explore-transaction = Transaktion
explore-the-transaction = Die Transaktion
explore-txid = Txid
explore-waits = Sie wartet darauf, geschürft zu werden.
explore-kind = Art
explore-kind-coinbase = Coinbase: der Lohn des Miners, den niemand unterschreibt
explore-from = Von
explore-to = An
explore-amount = Betrag
explore-fee = Gebühr
explore-reward = Belohnung
explore-tag = Kennung
explore-nonce = Nonce
explore-nonce-counted = { $nonce }, von 0 an gezählt
explore-message = Nachricht
explore-signature = Signatur
explore-signature-open = wird geprüft …
explore-signature-valid = gültig: hier geprüft, mit dem Schlüssel des Absenders über diese Bytes
explore-signature-invalid = ungültig: hier geprüft
explore-proof = Der Beweis, dass sie in ihrem Block ist
explore-proof-why = { $count ->
    [one] Der Block hat { $count } Transaktion.
   *[other] Der Block hat { $count } Transaktionen.
} { $steps ->
    [0] Ihr Hash ist selbst die Merkle-Wurzel des Headers.
    [one] Von allen anderen genügt { $steps } Hash, um diese zu prüfen.
   *[other] Von allen anderen genügen { $steps } Hashes, um diese zu prüfen.
}
explore-proof-txid = Ihre Txid.
explore-proof-alone = Sie hat keinen Nachbarn und bildet mit sich selbst ein Paar.
explore-proof-right = Ihr Nachbar steht rechts.
explore-proof-left = Ihr Nachbar steht links.
explore-proof-of = SHA-256d von
explore-proof-and = und
explore-proof-is = ist
explore-proof-progress = { $done } von { $steps } Hashes berechnet
explore-proof-fits = Das ist die Merkle-Wurzel des Headers: Der Block enthält diese Transaktion.
explore-proof-fails = Das ist nicht die Merkle-Wurzel des Headers.
explore-proof-next = Nächsten Hash berechnen
explore-proof-all = Alle berechnen

## Ein Konto

explore-account = Konto
explore-the-account = Das Konto
explore-address = Adresse
explore-balance = Guthaben
explore-available = Frei verfügbar
explore-next-nonce = Nächste Nonce
explore-account-source = Wie der Knoten des Relays es aus jedem Block der aktiven Kette berechnet hat.
explore-no-history = Noch hat niemand an diese Adresse gezahlt.
explore-mined = geschürft
explore-from-whom = von
explore-to-whom = an

## Die Felder eines Blocks. Die eines Headers behalten ihre Namen im Protokoll.

explore-field-version = Version
explore-field-count = Anzahl
explore-field-kind = Art
explore-field-height = Höhe
explore-field-network = Netzkennung
explore-field-sender = Schlüssel des Absenders
explore-field-recipient = Empfänger
explore-field-reward = Belohnung
explore-field-amount = Betrag
explore-field-fee = Gebühr
explore-field-text = Text
explore-field-signature = Signatur
explore-why-version = Jeder Wert ist gültig; Miner nutzen 16 seiner Bits als weiteren Platz zum Probieren.
explore-why-prev-blockhash = Der Hash des Blocks darunter. Er macht aus Blöcken eine Kette: Wer einen ändert, ändert seinen Hash.
explore-why-merkle-root = Ein Hash für alle Transaktionen des Blocks. Ändert man eine, passt er nicht mehr.
explore-why-time = Wann der Miner damit anfing, nach seiner eigenen Uhr, in Sekunden seit 1970; aber immer später als der Median der elf Blöcke darunter.
explore-why-bits = Der Zielwert in Kurzform: Der Arbeitsnachweis des Blocks darf nicht darüber liegen.
explore-why-nonce = Was der Miner der Reihe nach probiert hat, bis der Arbeitsnachweis den Zielwert erfüllte.
