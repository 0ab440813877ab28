### `/control`: el panel del anfitrión. El glosario está en frame.ftl.

control-limit-examples = Escribe el límite en hashes por segundo, como 4, 20000, 20k o 1.5M, o como parte de cada máquina, como 25%; déjalo vacío si no hay límite.

## What a host does first

control-steps = Tus tres primeros pasos
control-steps-close = Entendido
control-step-done = hecho:
control-step-share = Comparte el enlace
control-step-share-how = Muestra el código QR o envía el enlace. Quien lo abra será un nodo de esta red.
control-step-mine = Empieza a minar
control-step-mine-how = Inicia todos los nodos o uno de ellos: quien encuentra un bloque gana sus monedas.
control-step-pay = Envía un pago
control-step-pay-how = De cualquier nodo a cualquier otro. Primero espera y después queda en un bloque.
