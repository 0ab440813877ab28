### `/control`: die Steuerung der Kursleitung. Die Wortwahl steht in frame.ftl.

control-limit-examples = Schreibe die Grenze in Hashes pro Sekunde, etwa 4, 20000, 20k oder 1.5M, oder als Anteil jedes Geräts, etwa 25%; leer heißt ohne Grenze.
