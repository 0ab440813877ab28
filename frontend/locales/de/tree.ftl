### Der Blockbaum auf `/` und `/control`. Die Wortwahl steht in frame.ftl.

tree-role = Blockbaum
tree-label = Blöcke. Pfeiltasten bewegen sich entlang der Kette und zwischen den Ästen, Pos1 und Ende zu ihren Enden, Eingabe öffnet einen Block, Plus und Minus zoomen, 0 führt zur Spitze zurück.
tree-frozen = Eingefroren um { $time }; das Netz läuft weiter.
tree-empty = Die Kette erscheint hier, sobald das Relay antwortet.
tree-no-answer = Der Knoten hat es nicht oder antwortet nicht.
tree-elsewhere-why = Knoten in einem anderen Teil des Netzes folgen diesem Block oder folgten ihm, und dieser Knoten hat ihn nicht. Sein Kopf, sein Arbeitsnachweis und sein Finder wurden hier geprüft, seine Zahlungen nicht.

## Knöpfe

tree-tools = Das Bild
tree-zoom-out = Verkleinern
tree-zoom-out-key = Verkleinern (−)
tree-zoom-in = Vergrößern
tree-zoom-in-key = Vergrößern (+)
tree-room = { $count ->
    [one] { $count } Block
   *[other] { $count } Blöcke
}
tree-room-why = Für so viele ist Platz
tree-skip = Gerade Strecken überspringen
tree-skip-why = Gerade Strecken auslassen, die weit von jeder Gabelung entfernt sind
tree-recentre = Zurück zur Spitze
tree-freeze = Bild einfrieren
tree-freeze-why = Das Netz läuft weiter
tree-unfreeze = Bild weiterlaufen lassen
tree-hint-fine = Ziehen oder Pfeiltasten bewegen, + und − zoomen, 0 führt zurück
tree-hint-coarse = Zwei Finger bewegen und zoomen

## Das Bild in Worten

tree-summary = Kette aus { $height ->
    [one] { $height } Block
   *[other] { $height } Blöcken
}, { $stale ->
    [0] kein verwaister Ast
    [one] { $stale } verwaister Ast
   *[other] { $stale } verwaiste Äste
} unter den letzten { $lately }.
tree-summary-tip = Kette aus { $height ->
    [one] { $height } Block
   *[other] { $height } Blöcken
}, { $stale ->
    [0] kein verwaister Ast
    [one] { $stale } verwaister Ast
   *[other] { $stale } verwaiste Äste
} unter den letzten { $lately }, Spitze von { $name } gefunden { $ago }.
tree-summary-dated = Kette aus { $height ->
    [one] { $height } Block
   *[other] { $height } Blöcken
}, { $stale ->
    [0] kein verwaister Ast
    [one] { $stale } verwaister Ast
   *[other] { $stale } verwaiste Äste
} unter den letzten { $lately }, Spitze von { $name }, datiert { $ago }.
tree-comma = { ", " }
tree-block = Block { $height }
tree-block-by = Block { $height } von { $name }
tree-first-block = Block 0, der allererste
tree-by = { $height } von { $name }
tree-and-below = und { $count } darunter
tree-genesis = Genesis
tree-stale = verwaist
tree-elsewhere = in einem anderen Teil des Netzes gesehen
tree-the-tip = die Spitze
tree-confirmations = { $count ->
    [one] { $count } Bestätigung
   *[other] { $count } Bestätigungen
}
tree-payments = { $count ->
    [one] { $count } Zahlung
   *[other] { $count } Zahlungen
}
tree-no-payments = keine Zahlung
tree-next = nächster
tree-fork-point = Gabelung
tree-rivals = { $count ->
    [one] daneben { $count } anderer Block
   *[other] daneben { $count } andere Blöcke
}
tree-one-here = { $name } hier
tree-nodes-here = { $count } Knoten hier
tree-branch = { $count ->
    [one] { $count } verwaister Block
   *[other] { $count } verwaiste Blöcke
} von mehreren über Block { $height }
tree-branch-by = { $count ->
    [one] { $count } verwaister Block
   *[other] { $count } verwaiste Blöcke
} von { $name } über Block { $height }
tree-one-elsewhere = { $name } folgt einem Block, den dieser Knoten nicht hat.
tree-nodes-elsewhere = { $count } Knoten folgen Blöcken, die dieser Knoten nicht hat.
tree-hidden = { $count ->
    [one] { $count } Block ausgeblendet
   *[other] { $count } Blöcke ausgeblendet
}
tree-hidden-press = { $count ->
    [one] { $count } Block ausgeblendet
   *[other] { $count } Blöcke ausgeblendet
}. Drücken zeigt sie.
tree-hidden-enter = { $count ->
    [one] { $count } Block ausgeblendet
   *[other] { $count } Blöcke ausgeblendet
}. Eingabe zeigt sie.

## Reorganisationen

tree-reorgs = { $count ->
    [one] { $count } Reorganisation in letzter Zeit
   *[other] { $count } Reorganisationen in letzter Zeit, neueste zuerst
}
tree-reorg = { $time } über Block { $height }: { $result }
tree-reorg-said = Reorganisation: { $result }.
tree-result = { $lost ->
    [one] { $lost } Block verloren
   *[other] { $lost } Blöcke verloren
}, { $won } gewonnen{ $returned ->
    [0] {""}
    [one] ; { $returned } Zahlung kehrt zurück
   *[other] ; { $returned } Zahlungen kehren zurück
}
tree-replay = Noch einmal
tree-lost = verloren
tree-won = gewonnen
tree-step-before = Eine Reorganisation: Zwei Ketten stehen im Wettbewerb, und die andere hat jetzt mehr Arbeit.
tree-step-disconnect = Abhängen: { $count ->
    [one] { $count } Block über Block { $height } verlässt die Kette.
   *[other] { $count } Blöcke über Block { $height } verlassen die Kette.
}
tree-step-fork = Gabelung: Block { $height } ist der letzte, den beide Ketten gemeinsam haben.
tree-step-connect = Anhängen: { $count ->
    [one] { $count } Block kommt zur Kette hinzu.
   *[other] { $count } Blöcke kommen zur Kette hinzu.
}
tree-step-after = { $result }.

## Wer welche Farbe hat

tree-legend = Wer die neuesten Blöcke gefunden hat
tree-you = du
tree-others = { $count ->
    [one] und { $count } weiterer
   *[other] und { $count } weitere
}
tree-dashed = gestrichelt: verwaist
tree-hollow = hohl: anderswo

## Ein ausgewählter Block

tree-standing-stale = verwaist: Ein anderer Ast hat mehr Arbeit
tree-standing-active = { $count ->
    [one] auf der aktiven Kette, { $count } Bestätigung
   *[other] auf der aktiven Kette, { $count } Bestätigungen
}
tree-nameless = jemand ohne Namen
tree-in-explorer = Im Explorer
tree-close = Schließen
tree-hash = Hash
tree-parent = Vorgänger
tree-found-by = Gefunden von
tree-dated = Datiert
tree-came = Kam hier an
tree-holds = Enthält
tree-bytes = { $size } Bytes
tree-bytes-came-in = { $size } Bytes, mit { $bytes } angekommen
tree-reward = Belohnung
tree-nonce = Nonce
tree-mine-here = Auf diesem Block einen schürfen
tree-mine-why = Dein Knoten sucht einen Block, der hier steht, ohne Zahlungen, und ruht dann. Er steht neben der Kette, und kein anderer Knoten erfährt von ihm, bis sein Ast mehr Arbeit hat als sie, etwa nach zwei Blöcken nacheinander knapp unter der Spitze.
tree-mine-begun = Dein Knoten schürft hier einen Block.
tree-mine-agree = Stimme zuerst dem Schürfen zu: Drück den großen Knopf oben.

## Die Vergangenheit

tree-past = Zurückblicken
tree-past-whose = Wessen Vergangenheit
tree-past-earlier = Was davor geschah
tree-past-later = Was danach geschah
tree-past-now = Jetzt
tree-past-present = Jetzt. Erinnert wird seit { $since }.
tree-past-at = Um { $time }, { $ago }
tree-past-said = Um { $time }, { $ago }: was { $name } sagte
tree-not-yet = noch nicht bekannt
tree-announced = erst der Header ist bekannt

## Was wäre wenn

tree-what-if = Was, wenn er
tree-what-if-earlier = Sekunden früher gekommen wäre?
tree-what-if-ask = Nachspielen
tree-what-if-seconds = Schreib eine Zahl von Sekunden, höchstens eine Stunde; ein Minus heißt später.
tree-what-if-failed = Das Labor ist nicht gestartet. Versuch es wieder, wenn das Relay antwortet.
tree-what-if-same = Nichts wäre anders gewesen: dieselben Spitzen zu denselben Zeiten.
tree-what-if-none = keinem davon
tree-what-if-until = Ab { $time } wäre dieser Knoten { $would } gefolgt statt { $was }, bis { $until }; danach ist beides gleich.
tree-what-if-for-good = Ab { $time } wäre dieser Knoten { $would } gefolgt statt { $was }, und folgte noch immer einer anderen Kette.
tree-what-if-waited = Er hätte auf den Block davor gewartet, bis { $time }.
tree-what-if-dated = Das ist vor dem Datum in seinem Header: Da war er kaum schon gefunden.
tree-what-if-doubtful = { $count ->
    [one] { $count } Block wurde hier auf einer Spitze gefunden, die dieser Knoten nicht gehabt hätte; es wäre vielleicht ein anderer gewesen.
   *[other] { $count } Blöcke wurden hier auf Spitzen gefunden, die dieser Knoten nicht gehabt hätte; es wären vielleicht andere gewesen.
}
tree-what-if-others = Die Blöcke bleiben, wie sie aufgezeichnet wurden: Niemand weiß, was andere gefunden hätten.
tree-what-if-was = Wie es war
tree-what-if-would = Wie es gewesen wäre
