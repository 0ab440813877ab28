### `/learn`: die Lektionen.

learn-title = Lektionen
learn-intro = Acht kurze Lektionen am laufenden Netz. Du handelst an deinem eigenen Knoten, und ein Schritt ist getan, wenn der Zustand deines Knotens es beweist.
learn-all = Alle Lektionen
learn-next = Weiter: { $lesson }
learn-again = Diese Lektion von vorn beginnen
learn-steps = { $steps ->
    [one] { $steps } Schritt
   *[other] { $steps } Schritte
}
learn-steps-taken = { $taken } von { $steps } Schritten getan
learn-all-taken = Alle Schritte getan. Gut gemacht!
learn-learned = ✓ Gelernt
learn-step-taken = getan
learn-step-open = zu tun
learn-step-closed = kommt nach den Schritten davor
learn-step-next = ✓ Geschafft. Weiter mit Schritt { $next }.
learn-step-last = ✓ Geschafft, und damit die ganze Lektion.
learn-changed = (geändert)
learn-put-back = Zurücksetzen

## Der Knoten der Lernenden, und was mehrere Lektionen mit ihm tun

learn-your-node = Dein Knoten
learn-no-node = Dein Knoten startet …
learn-height = Höhe { $height }
learn-peers = { $peers ->
    [one] { $peers } Nachbar
   *[other] { $peers } Nachbarn
}
learn-alone = vom Netz getrennt
learn-not-alone = Dein Knoten ist wieder im Netz. Verlasse es zuerst.
learn-leave = Netz verlassen
learn-go-back = Zurück ins Netz
learn-mine-one = Einen Block schürfen
learn-mine-stop = Mining beenden
learn-mine-allow = Dieses Gerät schürfen lassen …
learn-pay-myself = Dir selbst { $amount } zahlen
learn-poor = Dein Knoten hat noch kein Geld. Wer einen Block findet, bekommt welches: schürfe einen.
learn-sent = Gesendet.
learn-refused = Dein Knoten hat abgelehnt: { $reason }.
learn-waiting = { $payments ->
    [0] Keine Zahlung wartet.
    [one] { $payments } Zahlung wartet.
   *[other] { $payments } Zahlungen warten.
}
learn-no-block = Noch gibt es keinen geschürften Block. Schürfe den ersten.
learn-will-succeed = Es wird gelingen
learn-will-fail = Es wird scheitern
learn-as-you-said = Wie du gesagt hast.
learn-other-than-you-said = Anders, als du gesagt hast.

## Hash und Nonce

learn-hash = Hash und Nonce
learn-hash-about = Ein Hash ist ein Fingerabdruck: Jede Änderung ergibt einen anderen. Ein Block ist gefunden, wenn sein Fingerabdruck, als Zahl gelesen, nicht größer ist als eine Grenze, der Zielwert. Dafür ändern Miner darin immer wieder eine Zahl: die Nonce.
learn-hash-1 = Ändere eine Zahl, und der Beweis ist dahin
learn-hash-1-do = Das ist der Header des neuesten Blocks. Ändere seine Nonce: Sofort ist der Hash ein anderer. Mach weiter, bis er nicht mehr klein genug ist.
learn-field-prev = Block davor
learn-field-root = Merkle-Wurzel
learn-field-time = Zeit
learn-field-bits = Bits
learn-nonce = Nonce
learn-nonce-less = −1: eins weniger
learn-nonce-more = +1: eins mehr
learn-nonce-wrong = Eine Nonce ist eine ganze Zahl von 0 bis { $most }.
learn-hash-of = Hash ({ $algorithm })
learn-target = Zielwert: Größer darf der Hash nicht sein
learn-hash-small = Der Hash ist nicht größer als der Zielwert: Das ist ein Block.
learn-hash-large = Der Hash ist größer als der Zielwert: Das ist kein Block.
learn-hash-2 = Suche von Hand eine Nonce
learn-hash-2-do = { $digits ->
    [one] Finde eine Nonce, mit der der Hash mit { $digits } Null beginnt. Im Mittel braucht es { $tries } Versuche, und niemand weiß vorher, welche es ist.
   *[other] Finde eine Nonce, mit der der Hash mit { $digits } Nullen beginnt. Im Mittel braucht es { $tries } Versuche, und niemand weiß vorher, welche es ist.
}
learn-try-one = Eine versuchen
learn-try-many = { $tries } versuchen
learn-tried = { $tries ->
    [one] { $tries } Versuch, keiner gut genug.
   *[other] { $tries } Versuche, keiner gut genug.
}
learn-found-after = { $tries ->
    [one] Beim ersten Versuch gefunden. Das war Glück.
   *[other] Nach { $tries } Versuchen gefunden.
}
learn-hash-3 = Lass deinen Knoten suchen
learn-hash-3-do = Dein Knoten tut dasselbe, tausendmal schneller und mit seinem Namen im Block. Lass ihn einen finden.
learn-hash-3-done = Dein Knoten hat Block { $height } mit der Nonce { $nonce } gefunden. Der Hash wurde hier nachgerechnet und ist klein genug. Im Mittel braucht das { $hashes } Hashes.

## Ein Block und sein Merkle-Baum

learn-merkle = Ein Block und sein Merkle-Baum
learn-merkle-about = Im Header eines Blocks steht ein Hash für alle seine Transaktionen. Hashes werden gepaart, bis einer übrig ist.
learn-merkle-1 = Bring zwei Zahlungen in einen Block
learn-merkle-1-do = Sende dir selbst zwei Zahlungen und schürfe dann einen Block, bevor es jemand anders tut. Er braucht mindestens drei Transaktionen: Die erste ist der Lohn des Miners.
learn-merkle-2 = Ändere eine Zahlung
learn-merkle-2-do = Jede Zeile entsteht aus der darüber. Lass die erste Zahlung ein klein wenig mehr bewegen und sieh, welche Hashes sich ändern.
learn-merkle-leaves = Transaktionen
learn-merkle-level = Paare
learn-merkle-root = Merkle-Wurzel
learn-merkle-header = Im Header steht:
learn-merkle-fits = Der Header meint diese Transaktionen.
learn-merkle-differs = Der Header meint andere Transaktionen.
learn-merkle-missing = Unter den neuesten Blöcken hat keiner drei Transaktionen. Mach einen wie im ersten Schritt.
learn-merkle-change = Die erste Zahlung ändern
learn-merkle-3 = Mach es rückgängig
learn-merkle-3-do = Setze die Zahlung mit dem Knopf oben zurück: Dieselben Bytes ergeben immer dieselbe Wurzel.
learn-merkle-4 = Beweise es mit wenigen Hashes
learn-merkle-4-do = Jemand hat nur den Header und will einen Beweis, dass die Zahlung im Block ist. Wähle in jeder Zeile ihren Nachbarn; nacheinander zusammengehasht müssen sie die Wurzel im Header ergeben.
learn-merkle-payment = Die Zahlung:
learn-merkle-neighbour = Nachbar { $number }
learn-merkle-reached = Sie ergeben:
learn-merkle-proven = Das ist die Wurzel im Header: Die Zahlung ist in diesem Block.
learn-merkle-unproven = Das ist nicht die Wurzel im Header. Sieh dir den Baum oben an: Wer steht neben wem?

## Eine Kette und Fälschungen

learn-chain = Eine Kette und Fälschungen
learn-chain-about = Jeder Block nennt den Hash des Blocks davor. Deshalb kann niemand einen alten Block ändern und den Rest lassen, wie er ist.
learn-chain-1 = Fälsche einen alten Block
learn-chain-1-do = Schreib etwas anderes in den ältesten dieser Blöcke, in eine Kopie hier auf der Seite. Was sagt der Block selbst dazu?
learn-block = Block { $height }
learn-names = nennt
learn-is = ist
learn-chain-short = Dafür braucht es { $blocks } geschürfte Blöcke. Schürfe noch welche.
learn-chain-tag = Was der Miner hineingeschrieben hat
learn-chain-whole = Seine Transaktionen sind die, die sein Header meint.
learn-chain-not-whole = Seine Transaktionen sind nicht die, die sein Header meint. Jeder Knoten lehnt ihn ab.
learn-chain-linked = Der nächste Block nennt ihn.
learn-chain-not-linked = Der nächste Block nennt einen anderen: Dieser steht allein.
learn-chain-2 = Heile den Block, zerbrich die Kette
learn-chain-2-do = Ein Fälscher setzt die neue Merkle-Wurzel in den Header. Tu das und sieh dir den nächsten Block an.
learn-chain-new-root = Die neue Merkle-Wurzel einsetzen
learn-chain-3 = Zähle die Arbeit
learn-chain-3-do = Der gefälschte Block { $height } hat einen neuen Hash und braucht einen neuen Arbeitsnachweis, und jeder Block darüber auch, denn jeder nennt nun einen anderen. Die Spitze ist Block { $tip }, und die anderen schürfen weiter.
learn-chain-count = Wie viele Blöcke müssen neu geschürft werden?
learn-chain-right = Richtig. Und das schneller als alle anderen zusammen.
learn-chain-wrong = Nicht so viele. Zähle den gefälschten Block selbst und alle darüber.

## Schlüssel und Signaturen

learn-keys = Schlüssel und Signaturen
learn-keys-about = Nur wer den geheimen Schlüssel hat, kann eine Zahlung unterschreiben. Prüfen kann es jeder, und die Signatur passt zu einer Zahlung allein.
learn-keys-1 = Unterschreibe eine Zahlung
learn-keys-1-do = Hier entsteht in deinem Browser ein Übungsschlüssel und unterschreibt eine Übungszahlung.
learn-keys-sign = Unterschreiben
learn-keys-from = Von (öffentlicher Schlüssel)
learn-keys-amount = Betrag
learn-keys-signature = Signatur
learn-keys-valid = Die Signatur ist gültig.
learn-keys-invalid = Die Signatur passt nicht zu dieser Zahlung.
learn-keys-2 = Ändere, was unterschrieben ist
learn-keys-2-do = Ein Dieb macht den Betrag zehnmal so groß und lässt die Signatur, wie sie ist.
learn-keys-2-question = Die Prüfung der Signatur:
learn-keys-2-told = Die Signatur wurde für den alten Betrag gemacht und passt zu nichts anderem.
learn-keys-3 = Unterschreibe noch einmal
learn-keys-3-do = Wer den Schlüssel hat, darf den Betrag ändern: Neu unterschrieben ist die neue Zahlung gültig.
learn-keys-change = Betrag ändern
learn-keys-sign-again = Noch einmal unterschreiben
learn-keys-4 = Betrüge deinen eigenen Knoten
learn-keys-4-do = Jetzt mit echtem Geld. Sende dir selbst eine Zahlung; während sie wartet, werden Betrag und Gebühr erhöht, und das Ergebnis wird deinem Knoten gegeben.
learn-keys-waits = Diese Zahlung wartet:
learn-keys-4-question = Dein Knoten bekommt die geänderte Zahlung:

## Warteschlange und Gebühren

learn-fees = Warteschlange und Gebühren
learn-fees-about = Eine Zahlung wartet, bis ein Miner sie in einen Block nimmt. Miner nehmen zuerst, was ihnen am meisten einbringt.
learn-fees-1 = Sende eine billige Zahlung
learn-fees-1-do = Sende dir selbst eine Zahlung, die dem Miner nur das Wenigste lässt, was Knoten annehmen: { $cheapest }. Üblich sind { $usual }.
learn-fees-others = Wenn ständig jemand schürft, ist sie vielleicht in einem Block, bevor du hinsiehst. Sende dann noch eine.
learn-fees-none = Keine deiner Zahlungen wartet. Sende eine.
learn-fees-waits = Deine Zahlung { $payment } wartet mit einer Gebühr von { $fee }.
learn-fees-2 = Ersetze sie für zu wenig
learn-fees-2-do = Eine wartende Zahlung lässt sich mit höherer Gebühr neu senden. Versuch es mit der kleinsten Erhöhung, die es gibt.
learn-fees-2-question = Eine um 0,00000001 TAB höhere Gebühr:
learn-fees-3 = Ersetze sie
learn-fees-3-do = Die neue muss ihren eigenen Weg durchs Netz bezahlen. Erhöhe die Gebühr auf die übliche: Die alte Zahlung geht, die neue hat ihre Nummer, und nur eine der beiden kann je geschürft werden.
learn-fees-raise = Gebühr erhöhen
learn-fees-4 = Sieh, wer die Gebühr bekommt
learn-fees-4-do = Schürfe einen Block, oder warte, bis es jemand tut. Sein Lohn sind die neuen Münzen und die Gebühren aller Zahlungen darin.
learn-fees-4-done = { $miner } hat Block { $height } mit deiner Zahlung geschürft und { $fees } an Gebühren bekommen.

## Eine Abspaltung und eine Reorganisation

learn-fork = Abspaltung und Reorganisation
learn-fork-about = Zwei Blöcke können auf denselben folgen. Dann ist die Kette gespalten, bis eine Seite mehr Arbeit hat: Zu der wechseln alle.
learn-fork-1 = Verlasse das Netz
learn-fork-1-do = Nimm deinen Knoten vom Netz. Er hört nichts von den anderen, und sie hören nichts von ihm.
learn-fork-2 = Schürfe allein
learn-fork-2-do = Lass deinen Knoten einen Block finden, von dem niemand sonst weiß. Die anderen machen beim selben Block weiter wie du: eine Abspaltung.
learn-fork-2-done = { $blocks ->
    [one] Dein Zweig hat { $blocks } Block, den niemand sonst hat.
   *[other] Dein Zweig hat { $blocks } Blöcke, die niemand sonst hat.
}
learn-fork-3 = Komm zurück
learn-fork-3-do = Welcher Zweig gewinnt? Der mit mehr Arbeit. Geh zurück und sieh, auf welchen sich alle einigen.
learn-fork-won = Dein Zweig hat mehr Arbeit: Die anderen übernehmen ihn.
learn-fork-undecided = Beide Zweige haben gleich viel Arbeit, oder die anderen erzählen noch. Der nächste Block entscheidet.
learn-fork-lost = Dein Knoten hat zum Zweig der anderen gewechselt: Er hat { $lost } seiner Blöcke über Höhe { $height } zurückgenommen und { $won } von ihnen übernommen.
learn-fork-4 = Verliere einen Block
learn-fork-4-do = Sieh deinen eigenen Block verlieren. Wenn deiner gewonnen hat, geh noch einmal, schürfe einen Block, und lass die anderen mehr finden, bevor du zurückkommst.
learn-fork-helper = Niemand sonst schürft hier?
learn-fork-open-helper = Öffne einen zweiten Knoten in einem anderen Tab und lass ihn schürfen, während du weg bist.

## Schwierigkeit

learn-difficulty = Schwierigkeit
learn-difficulty-about = Je kleiner der Zielwert, desto mehr Hashes braucht ein Block. Das Netz verschiebt ihn so, dass die Blöcke in ihrem Takt kommen.
learn-difficulty-1 = Mach es doppelt so schwer
learn-difficulty-1-do = Das ist der Zielwert des neuesten Blocks. Teile ihn so, dass ein Block doppelt so viele Hashes braucht.
learn-target-now = Zielwert jetzt
learn-hashes-now = Hashes für einen Block, im Mittel
learn-difficulty-divide = Teile den Zielwert durch
learn-target-new = Neuer Zielwert
learn-hashes-new = Hashes für einen Block dann
learn-difficulty-twice = Doppelt so viel Arbeit.
learn-difficulty-not-twice = Nicht doppelt so viel Arbeit.
learn-difficulty-2 = Lass sie steigen
learn-difficulty-2-do = Ein Block soll { $spacing } Sekunden brauchen. In wie vielen Sekunden muss einer gefunden sein, damit der nächste schwerer wird?
learn-difficulty-seconds = Sekunden, die der Block gebraucht hat
learn-difficulty-changes = Der nächste Block braucht { $factor }-mal so viele Hashes.
learn-difficulty-fixed = In diesem Netz ist die Schwierigkeit fest; das hier ist die Regel des Klassennetzes.
learn-difficulty-3 = Lass sie fallen
learn-difficulty-3-do = Und wie lange muss ein Block brauchen, wenn { $spacing } Sekunden das Ziel sind, damit der nächste leichter wird?
learn-difficulty-4 = Sage den nächsten Block voraus
learn-difficulty-4-do = Niemand bestimmt die Schwierigkeit: Sie folgt aus den Blöcken davor. Hier wird sie vorher ausgerechnet. Schürfe einen Block, oder warte auf einen, und vergleiche.
learn-difficulty-foretold = Block { $height } muss die Bits { $bits } haben: { $hashes } Hashes im Mittel.
learn-difficulty-true = Block { $height } hat die Bits { $bits }, wie vorausgesagt.
learn-difficulty-false = Der Block hat andere Bits als vorausgesagt.

## Teilung und Heilung

learn-partition = Teilung und Heilung
learn-partition-about = Wenn ein Netz zerfällt, macht jeder Teil allein weiter. Wenn es heilt, bleibt eine Geschichte, und die Zahlungen der anderen kehren zurück.
learn-partition-1 = Teile das Netz
learn-partition-1-do = Nimm deinen Knoten vom Netz: Jetzt gibt es zwei Teile, deinen und den aller anderen.
learn-partition-2 = Zahle auf deiner Seite
learn-partition-2-do = Sende dir selbst eine Zahlung und schürfe sie. Auf deiner Seite ist sie bestätigt; die andere Seite hat nie von ihr gehört.
learn-partition-confirmed = { $blocks ->
    [one] Deine neueste Zahlung ist in Block { $height }, mit { $blocks } Bestätigung.
   *[other] Deine neueste Zahlung ist in Block { $height }, mit { $blocks } Bestätigungen.
}
learn-partition-returned = Deine neueste Zahlung wartet wieder: Block { $height }, in dem sie war, hat verloren.
learn-partition-waits = Deine neueste Zahlung wartet.
learn-partition-3 = Heile es
learn-partition-3-do = Geh zurück. Haben die anderen mehr Arbeit, ist dein Block verloren und deine Zahlung wartet wieder; sonst übernehmen sie deinen Block mit ihr.
learn-partition-4 = Bring es zu Ende
learn-partition-4-do = Eine Zahlung zählt, wenn die Kette, der alle folgen, sie enthält. Schürfe einen Block, oder warte, bis keine deiner Zahlungen mehr wartet.
learn-fork-back-already = Dein Knoten ist im Netz. Damit du etwas mitbringst: Verlass es, schürfe allein, und geh dann zurück.
