### La imagen de la red en `/control`: nodos, enlaces, puntas y lo que el anfitrión hace con los enlaces. El glosario está en frame.ftl.

network-title = Red
network-looking = Mirando la red.
network-cut-done = Cortado. { $a } y { $b } siguen separados hasta que los enlaces de nuevo.
network-linked = { $a } y { $b } vuelven a estar enlazados.

network-nodes = { $count ->
    [one] { $count } nodo
   *[other] { $count } nodos
}
network-links = { $count ->
    [one] { $count } enlace
   *[other] { $count } enlaces
}

## La imagen en palabras

network-summary = { $nodes } y { $links }.
network-summary-direct = { $nodes } y { $links }, { $count } de navegador a navegador.
network-drawn = Se dibujan { $nodes } y los enlaces entre ellos.
network-no-tip = Nadie ha dicho aún qué punta sigue.
network-one-tip = Todos siguen una punta, a la altura { $height }.
network-many-tips = Siguen { $count } puntas.
network-tips = { $count } puntas: { $list }.
network-tip-nodes = { $nodes } a la altura { $height }
network-in-parts = La red está en { $count } partes que no se alcanzan entre sí.
network-faults = { $count ->
    [one] { $count } enlace tiene un fallo.
   *[other] { $count } enlaces tienen un fallo.
}
network-cuts = { $count ->
    [one] { $count } enlace está cortado a mano.
   *[other] { $count } enlaces están cortados a mano.
}

## Nodos y enlaces

network-height = altura { $height }
network-mining = mina
network-part = parte { $number }
network-tab = pestaña
network-relay = relay
network-native = proceso propio
network-carried = a través del relay
network-webrtc = WebRTC
network-opening = abriéndose
network-cut = cortado
network-as-before = { $name } envía como antes: no te sigue, o aún no lo ha dicho.
network-nobody-yet = Ninguno de los dos nodos ha dicho aún que lo haga.
network-keys = Nodos. Las flechas van de uno a otro, la barra espaciadora elige uno, L muestra sus enlaces uno tras otro y Supr corta el que se muestra.

## Partes

network-divide = Dividir la red
network-select = Elige nodos para separarlos
network-part-selected = Separar { $nodes } del resto
network-heal = Sanar la red
network-parted = { $nodes } y los demás ya no se alcanzan: { $links } de menos.
network-healed = La red vuelve a ser una: { $links } de nuevo.

## El enlace que se mira

network-legend = Lo que muestra la imagen
network-hint = Pulsa un enlace para mirarlo, tira de él para cortarlo. Un bloque va por el enlace que nombra quien lo recibe; se sabe en qué orden, no a qué velocidad.
network-link = Enlace
network-none-chosen = ninguno elegido
network-link-does = Lo que hace este enlace
network-delay = Retardo, ms
network-jitter = Variación, ms
network-loss = Pérdida, %
network-limit = Límite, kB/s
network-apply = Aplicar
network-mend = Reparar
network-cut-button = Cortar
network-link-again = Enlazar de nuevo
network-told = Se ha dicho a ambos extremos: { $fault }.
network-mended = El enlace está tan bien como antes.
network-write-number = { $field }: escribe un número, como 200, o nada.
network-write-fault = Escribe lo que debe hacer el enlace, por ejemplo un retardo de 2000 ms; Reparar lo quita.
network-choice-cut = { $names } (cortado)

## La tabla

network-table = Lo mismo en una tabla
network-table-label = La red en una tabla
network-col-node = Nodo
network-col-kind = Tipo
network-col-tip = Punta
network-col-linked = Enlazado con
network-attacker = pestaña deshonesta
