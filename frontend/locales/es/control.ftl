### `/control`: el panel del anfitrión. El glosario está en frame.ftl.

control-title = Panel de control
control-failing = { $reason } Lo que ves es de las { $since }. Se reintenta cada segundo.
control-steering = Estás al mando
control-watching = Solo lectura: para dirigir, abre el enlace de operador que muestra el relay
control-fact-network = Red
control-fact-height = Altura
control-fact-difficulty = Dificultad
control-fact-waiting = En espera
control-fact-hashrate = Todos juntos

## La entrada

control-join = Unirse
control-join-for = Para qué es el enlace
control-join-to-mine = y minar
control-join-to-watch = para mirar
control-join-link = Enlace para unirse
control-join-mines = Quien lo abre acepta minar en ese dispositivo, y allí se le dice.
control-join-asks = Se pregunta a cada persona antes de que su dispositivo mine.
control-join-local = Los teléfonos no pueden abrir este enlace. Inicia el relay con { $flag } y abre este panel por la dirección de red del equipo.

## La imagen del centro

control-stage = La imagen
control-stage-chain = Cadena
control-stage-network = Red
control-stage-charts = Gráficos

## Nodos

control-nodes = Nodos
control-nodes-of = { $shown } de { $all }
control-nodes-count = { $count ->
    [one] { $count } nodo
   *[other] { $count } nodos
}
control-nodes-filter = Filtrar por nombre, id o dirección
control-nodes-none-fits = Ningún nodo tiene eso en su nombre, id o dirección.
control-column-node = Nodo
control-column-height = Altura
control-column-tip = Punta
control-column-hashrate = Tasa de hash
control-column-share = Parte probada
control-column-balance = Saldo
control-column-links = Enlaces
control-column-orders = Órdenes
control-select-shown = Seleccionar todos los que se muestran
control-select-node = Seleccionar { $name }
control-kind-tab = pestaña
control-kind-relay = relay
control-kind-this-relay = este relay
control-on-its-own = por su cuenta
control-on-its-own-why = Su persona ha dejado de seguir al anfitrión
control-proven = Demostrado por sus shares del último minuto: { $rate }
control-doubt-unproven = sin prueba
control-doubt-unproven-why = dice que calcula y no demuestra nada
control-doubt-more = en duda
control-doubt-more-why = dice más de lo que demuestra
control-waits-clock = espera al reloj
control-waits-clock-why = debería minar y espera: llegaron bloques más deprisa de lo que anda el reloj, y las fechas de la cadena van por delante de él
control-waits-chain = baja la cadena
control-waits-chain-why = debería minar y espera: antes baja una cadena mejor
control-waits-waking = despierta
control-waits-waking-why = debería minar y espera: ha dormido y antes se pone al día con la red
control-start = Iniciar
control-stop = Parar
control-start-node = Iniciar la minería en { $name }
control-stop-node = Parar la minería en { $name }
control-send-to = Enviar a…
control-send-to-node = Enviar a { $name }

## Órdenes a los nodos

control-limit = Límite
control-limit-none = ninguno
control-limit-in-force = { $count ->
    [one] límite vigente: { $limit } en { $count } nodo
   *[other] límite vigente: { $limit } en cada uno de { $count } nodos
}
control-limit-several = límites vigentes: distintos en { $count } nodos
control-limit-of-node = máximo { $limit }
control-limit-label = Hashes por segundo, o porcentaje del equipo, para cada nodo
control-limit-examples = Escribe el límite en hashes por segundo, como 4, 20000, 20k o 1.5M, o como parte de cada equipo, como 25%; déjalo vacío para ninguno.
control-start-all = Iniciar todos
control-stop-all = Parar todos
control-start-selected = Iniciar selección
control-stop-selected = Parar selección
control-one-node = El nodo para un bloque o para una parte
control-mine-one = Minar bloque
control-share-label = Porcentaje de la tasa de hash de todos
control-share-set-button = % de parte
control-share-why = Limita las tasas de hash hasta que el nodo elegido tenga esta parte de todo lo demostrado
control-share-bad = Escribe la parte en porcentaje, más de 0 y menos de 100, como 30.
control-share-node-rests = { $name } no demuestra ninguna tasa de hash: ponlo a minar sin límite y espera a que sus shares muestren su velocidad.
control-share-others-rest = Nadie más demuestra una tasa de hash: pon a minar otros nodos y { $name } podrá tener una parte.
control-share-set = { $name } recibe el { $percent } % de la tasa de hash; frenados para ello: { $who }. Se verá en un minuto.
control-order-started = { $who }: empieza a minar
control-order-stopped = { $who }: deja de minar
control-order-one-block = { $who }: mina un bloque
control-order-refused = { $name } se negó: { $reason }

## Pagos

control-side = Pagos y parámetros
control-payment = Pago
control-from = De
control-to = A
control-amount = Importe
control-send = Enviar
control-sent = Enviado (…{ $txid }).
control-two-nodes = Hacen falta dos nodos: abre otra pestaña.
control-bad-amount = Importe: { $reason }.

control-traffic = Tráfico
control-traffic-rate = Por segundo
control-traffic-count = En total
control-traffic-each = TAB cada uno
control-traffic-among-all = Pagos reales, al azar entre todos los nodos que siguen al anfitrión.
control-traffic-among = { $count ->
    [one] Pagos reales del nodo seleccionado: selecciona otro más.
   *[other] Pagos reales, al azar entre los { $count } nodos seleccionados.
}
control-traffic-ends = Los envía esta página: terminan cuando se cierra.
control-traffic-start = Iniciar tráfico
control-traffic-stop = Parar tráfico
control-traffic-tally = { $sent ->
    [one] { $sent } pago enviado, { $refused } rechazados.
   *[other] { $sent } pagos enviados, { $refused } rechazados.
}
control-traffic-nobody = En espera: nadie tiene monedas para enviar a otro. Haz que un nodo mine un bloque.
control-traffic-refused-often = Parado, porque todos fueron rechazados.
control-traffic-bad-rate = Pagos por segundo: escribe un número mayor que 0, como mucho { $most }.
control-traffic-bad-count = Pagos en total: escribe un número entero de 1 a { $most }.

## Los parámetros de la red

control-about = Parámetros
control-about-loading = Preguntando al relay…
control-about-interval = Un bloque cada
control-about-interval-value = { $time }, de media
control-about-difficulty = Dificultad
control-about-retarget = Cambia
control-about-half-life = con cada bloque; { $time } de retraso la reducen a la mitad
control-about-never = nunca
control-about-work = Prueba de trabajo
control-about-subsidy = Monedas nuevas
control-about-halving = Se reducen a la mitad
control-about-halving-value = cada { $blocks } bloques
control-about-size = Tamaño de bloque
control-about-size-value = como mucho { $bytes } bytes
control-about-future = Fechas adelantadas
control-about-future-now = como mucho { $most }; el bloque más nuevo va { $now } por delante del reloj
control-difficulty-rising = { $now }, sube: un bloque cada { $observed } últimamente (últimos { $count }), se quieren { $wanted }
control-difficulty-easing = { $now }, baja: un bloque cada { $observed } últimamente (últimos { $count }), se quieren { $wanted }
control-difficulty-stall = { $now }, baja tras una pausa: observado { $observed }
control-difficulty-steady = { $now }, estable: un bloque cada { $observed } últimamente (últimos { $count }), se quieren { $wanted }

## Qué ha pasado

control-journal = Qué ha pasado
control-journal-empty = Aquí aparecen bloques, llegadas y respuestas.
control-journal-topic = Qué líneas se muestran
control-topic-all = Todo
control-topic-blocks = Bloques
control-topic-nodes = Nodos
control-topic-payments = Pagos
control-topic-orders = Respuestas
control-event-block = { $payments ->
    [0] Bloque { $height } de { $miner }
    [one] Bloque { $height } de { $miner }, { $payments } pago
   *[other] Bloque { $height } de { $miner }, { $payments } pagos
}
control-event-reorg = { $lost ->
    [one] Reorganización sobre el bloque { $height }: { $lost } bloque sustituido por { $won }
   *[other] Reorganización sobre el bloque { $height }: { $lost } bloques sustituidos por { $won }
}
control-event-payment = { $from } paga a { $to } { $amount }
control-event-joined = { $name } ha llegado
control-event-left = { $name } se ha ido
control-event-links = Enlaces: { $made } hechos, { $cut } cortados
control-event-gap = Aquí faltan algunas líneas. Todo lo demás del panel está al día.
control-events-broken = No llegan los eventos del relay: { $reason } El panel mira cada segundo en su lugar y lo vuelve a intentar.
control-events-nonsense = aquí no tienen sentido.

## La sesión como archivo

control-session-save = Guardar sesión
control-session-why = Cadena, nodos, eventos y cifras en un archivo que «tabchain verify» juzga
control-session-failed = No se pudo guardar la sesión: { $reason }

## Enlaces

control-links = Enlaces
control-links-change = Cambiar los enlaces
control-links-count = { $count ->
    [one] { $count } enlace
   *[other] { $count } enlaces
}
control-links-webrtc = { $count } por WebRTC
control-links-cut = { $count } cortados a mano
control-links-none = Abre dos pestañas para ver un enlace.
control-links-more = { $count ->
    [one] y { $count } enlace más
   *[other] y { $count } enlaces más
}
control-shape = Topología
control-shape-random = Aleatoria
control-shape-mesh = Malla
control-shape-mesh-why = Malla: todos con todos
control-shape-star = Estrella
control-shape-star-why = Estrella: todos solo con el relay
control-shape-ring = Anillo
control-shape-ring-why = Anillo: dos vecinos cada uno
control-shape-set = { $shape }: { $made ->
    [one] { $made } enlace hecho
   *[other] { $made } enlaces hechos
}, { $cut } cortados.
control-random-each = { $count ->
    [one] Aleatoria, { $count } otro cada uno
   *[other] Aleatoria, { $count } otros cada uno
}
control-degree = Otros por nodo
control-bad-degree = Otros por nodo: escribe un número entero, como 8.
control-apply = Aplicar
control-link = Enlazar
control-link-with = con
control-link-make = Enlazar
control-linked = Enlazados; así se quedan, pida lo que pida la topología, hasta que apliques una.
control-linked-already = Ya estaban enlazados; ahora el enlace es tuyo.
control-link-cut = Cortado. { $a } y { $b } siguen separados hasta que los enlaces de nuevo o apliques una topología.
control-cut = Cortar
control-cut-link = Cortar el enlace entre { $a } y { $b }
control-by-hand = a mano
control-way-relay = por el relay
control-way-opening = abriéndose
control-way-changing = cambiando

## Gráficos

control-chart-empty = Aún no se ha medido nada.
control-chart-table = Cifras
control-chart-time = Hora
control-chart-height = Altura
control-chart-from = Desde
control-chart-csv-label = CSV: { $title }
control-chart-png-label = PNG: { $title }
control-chart-hashrate = Tasa de hash
control-chart-hashrate-about = { $rate } demostrados ahora por shares; la última hora
control-chart-proven = demostrada
control-chart-claimed = declarada
control-chart-intervals = Entre bloques
control-chart-intervals-about = De los últimos { $count }: { $observed } de media, se quieren { $wanted }
control-chart-found = bloques
control-chart-expected = esperado por azar
control-chart-difficulty = Dificultad
control-chart-difficulty-about = { $difficulty } veces lo más fácil, según las cabeceras
control-chart-propagation = Propagación
control-chart-propagation-about = Mediana { $median } ms de { $count }, de oír la cabecera a guardar el bloque en el relay
control-chart-millis = milisegundos
control-chart-stale = Bloques obsoletos
control-chart-stale-about = { $count } en total, { $percent } de los bloques que conoce el relay
control-chart-stale-percent = por ciento
control-chart-mempool = Pagos en espera
control-chart-mempool-about = { $count } esperan ahora; la última hora
control-chart-waiting = pagos

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
control-join-large = Mostrar en grande
control-join-close = Cerrar
control-chart-intervals-none = Aún no hay dos bloques; se quieren { $wanted }
control-event-linked = { $links }: enlazados
control-event-unlinked = { $links }: ya no enlazados
