### `/control`: die Steuerung der Kursleitung. Die Wortwahl steht in frame.ftl.

control-limit-examples = Schreibe die Grenze in Hashes pro Sekunde, etwa 4, 20000, 20k oder 1.5M, oder als Anteil jedes Geräts, etwa 25%; leer heißt ohne Grenze.

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
