### `/control`: el panel del anfitrión. El glosario está en frame.ftl.

control-limit-examples = Escribe el límite en hashes por segundo, como 4, 20000, 20k o 1.5M, o como parte de cada máquina, como 25%; déjalo vacío si no hay límite.
