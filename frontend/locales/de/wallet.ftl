### Geld senden, Zahlungen, Adressbuch und Schlüssel, auf `/`.

wallet-qr = Als QR-Code zeigen
wallet-qr-why = Wer ihn scannt, kommt auf diese Seite, und du bist schon eingetragen.
wallet-qr-label = QR-Code des Links, mit dem man diesem Knoten zahlt
wallet-other-tabs = Das Geld { $count ->
    [one] deines anderen Tabs
   *[other] deiner anderen Tabs
} ist nicht hier
wallet-other-tabs-why = Jeder Tab ist ein eigener Knoten mit eigenem Schlüssel und eigenem Geld. Diese waren in diesem Browser offen, als dieser Tab geöffnet wurde. Geh zu jenem Tab, um sein Geld auszugeben, oder sende es von dort hierher; ist er geschlossen, öffne ihn wieder:

## Senden

wallet-send-money = Geld senden
wallet-send-to = Senden an …
wallet-send-to-whom = Senden an { $name }
wallet-to = An
wallet-to-what = ein Name oder eine Adresse
wallet-amount = Betrag
wallet-fee-and-message = Gebühr und Nachricht
wallet-message = Nachricht, für alle lesbar
wallet-send = Senden
wallet-sent = Gesendet.
wallet-sent-waits = Gesendet. Es wartet auf den nächsten Block (Transaktion …{ $txid }).
wallet-sent-nobody = Gesendet, aber gerade schürft niemand: Es wartet, bis jemand schürft (Transaktion …{ $txid }).
wallet-sent-offline = In diesem Tab aufbewahrt: Du bist nicht im Netz, und es geht hinaus, sobald du zurück bist (Transaktion …{ $txid }).
wallet-not-sent = Nicht gesendet: { $reason }.
wallet-ambiguous = Mehrere Knoten heißen { $name }. Wähle einen nach seiner Adresse.
wallet-nobody = Schreib, an wen: ein Name oder eine Adresse.
wallet-unknown = Hier heißt kein Knoten { $name }.
wallet-bad-address = Das kommt nicht an: { $reason }.
wallet-bad-amount = Betrag: { $reason }.
wallet-bad-fee = Gebühr: { $reason }.
wallet-bad-message = Nachricht: { $reason }.
wallet-fee = Gebühr für den Miner
wallet-fee-in-coins = Gebühr in TAB
wallet-fee-next = Nächster Block
wallet-fee-next-when = im nächsten Block
wallet-fee-soon = Bald
wallet-fee-soon-when = innerhalb von { $blocks } Blöcken
wallet-fee-cheapest = Am billigsten
wallet-fee-cheapest-enough = reicht gerade für den nächsten Block
wallet-fee-cheapest-when = etwa in { $blocks } Blöcken
wallet-fee-own = Eigene

## Das Adressbuch

wallet-book = Adressbuch
wallet-book-empty = Noch niemand: Andere Knoten erscheinen hier mit ihren Namen, und wen du sicherst, der bleibt.
wallet-book-is-saved = gesichert
wallet-book-save = Sichern
wallet-book-forget = Vergessen
wallet-book-saved = { $name } ist im Adressbuch.
wallet-book-forgotten = { $name } ist nicht mehr im Adressbuch.
wallet-book-name = Name
wallet-book-address = Adresse
wallet-book-bad-name = Ein Name hat 1 bis 64 Zeichen in einer Zeile.
wallet-book-full = Das Adressbuch fasst { $names } Namen. Vergiss zuerst einen.

## Zahlungen

wallet-payments = Meine Zahlungen
wallet-no-payments = Noch keine. Was du sendest und bekommst, steht hier.
wallet-from-whom = von { $name }
wallet-to-whom = an { $name }
wallet-to-yourself = an dich selbst
wallet-waits-next = Wartet auf den nächsten Block.
wallet-waits-raise = Wartet noch etwa { $blocks } Blöcke: Andere zahlen höhere Gebühren und kommen zuerst. Erhöhe die Gebühr, dann geht es schneller.
wallet-waits-long = Wartet noch etwa { $blocks } Blöcke: Andere zahlen höhere Gebühren und kommen zuerst.
wallet-waits-nobody = Wartet auf einen Block, und gerade schürft niemand.
wallet-blocked = Steckt fest. Deine Zahlungen werden in der Reihenfolge ihrer Nummern geschürft, und Nummer { $number }, die vor dieser kommt, fehlt. Die nächste, die du sendest, bekommt diese Nummer.
wallet-confirmed = In Block { $height }: { $count ->
    [one] { $count } Bestätigung
   *[other] { $count } Bestätigungen
}
wallet-settled = In Block { $height }, { $count } Bestätigungen: kaum noch rückgängig zu machen
wallet-returned = Block { $height }, in dem sie war, hat gegen eine längere Kette verloren; darum wartet sie wieder.
wallet-undone-block = Aufgehoben. Block { $height }, in dem sie war, hat gegen eine längere Kette verloren, und die gibt dasselbe Guthaben anders aus.
wallet-undone = Aufgehoben. Sie war noch in keinem Block, als ihr Guthaben mit einem unterlegenen Block verschwand oder besser bezahlte sie aus der Warteschlange drängten. Dir wurde nichts abgezogen.
wallet-send-again = Noch einmal senden
wallet-sent-again = Noch einmal gesendet: siehe die neue Zeile.
wallet-fill-gap = Die Lücke mit einer Zahlung an dich selbst füllen
wallet-raise = Gebühr erhöhen
wallet-raise-new = Neue Gebühr in TAB
wallet-raise-send = Neu senden
wallet-raise-least = Mindestens { $fee }. Die Zahlung behält ihre Nummer, also kann nur eine der beiden geschürft werden.
wallet-fee-of = Gebühr { $fee }.
wallet-replaces = Hat dieselbe Zahlung mit einer Gebühr von { $fee } ersetzt.
wallet-not-replaced = Nicht ersetzt: { $reason }.

## Der Schlüssel

wallet-phrase = Wiederherstellungswörter
wallet-phrase-why = 24 Wörter, die der Schlüssel dieses Knotens sind. Mit ihnen kommt man an sein Geld, wenn die Daten dieses Browsers fort sind; wer sie liest, kann es ausgeben.
wallet-phrase-show = Wörter zeigen
wallet-phrase-hide = Wörter verbergen
wallet-restore = Einen aufgeschriebenen Schlüssel verwenden
wallet-restore-warning = Das ersetzt den Schlüssel dieses Knotens. Schreib zuerst seine eigenen Wörter auf: Ohne sie ist das Geld, das er jetzt hat, für immer verloren.
wallet-restore-words = Die 24 Wörter
wallet-restore-do = Schlüssel dieses Knotens ersetzen
wallet-restore-ask = Die { $balance } hier gehören dem Schlüssel, den dieser Knoten jetzt hat. Ohne dessen eigene 24 Wörter sind sie für immer unerreichbar.
wallet-restore-ask-empty = Der Schlüssel, den dieser Knoten jetzt hat, hält kein Geld. Was noch an seine Adresse gesendet wird, ist ohne seine eigenen 24 Wörter unerreichbar.
wallet-restore-yes = Ersetzen
wallet-restore-no = Alten Schlüssel behalten
wallet-file-save = Mit dem Adressbuch in eine Datei sichern
wallet-file-open = Oder eine hier gesicherte Datei öffnen
wallet-file-opened = Die Wörter von { $name } sind eingetragen, und die Namen aus der Datei stehen im Adressbuch.
wallet-file-none = Diese Datei ist keine Geldbörse eines Knotens.
wallet-file-version = Diese Datei hat eine andere Version.
wallet-file-large = Diese Datei ist zu groß für eine Geldbörse.
wallet-file-unread = Der Browser kann diese Datei nicht lesen.
wallet-that-is-you = Das bist du: Wähle jemand anderen, oder gib deine Adresse an, um dich selbst zu bezahlen.
