### `/`: el nodo de esta pestaña. El glosario está en frame.ftl.

my-node-blocks = Bloques
my-node-this-node = este nodo
my-node-balance = Saldo
my-node-once-mined = { $coins } se pueden gastar ya
my-node-address = Dirección
my-node-height = Altura
my-node-tip = Punta
my-node-difficulty = Dificultad

## Hasta dónde ha llegado el nodo

my-node-not-started = Sin iniciar
my-node-reading-back = Leyendo su propia cadena: { $count ->
    [one] { $count } bloque
   *[other] { $count } bloques
} hasta ahora
my-node-no-answer = Conectado, pero no responde ningún otro nodo
my-node-alone = No hay ningún otro nodo
my-node-weighing = Evaluando una cadena larga: { $have } de { $of } cabeceras
my-node-learning-headers = Descargando cabeceras: { $have } de { $of }
my-node-catching-up = Poniéndose al día: { $have } de { $of } bloques
my-node-current = Al día

## El botón, y cómo va

my-node-what = Tabchain es una cadena de bloques que vive en pestañas del navegador. Esta pestaña es uno de sus nodos: comprueba cada bloque por sí misma.
my-node-press = Pulsa el botón y este dispositivo buscará el siguiente bloque. Quien lo encuentre gana monedas de juego.
my-node-getting-ready = Preparando…
my-node-start-mining = Empezar a minar
my-node-stop-mining = Dejar de minar
my-node-found = { $count ->
    [one] { $count } bloque encontrado
   *[other] { $count } bloques encontrados
}
my-node-energy-about = Unos { $energy } por bloque (cifra aproximada: { $watts } W por núcleo ocupado)
my-node-energy-at-most = Como mucho { $energy } por bloque (cifra aproximada: { $watts } W por núcleo ocupado)
my-node-mining = Minería
my-node-mining-on = activada
my-node-mining-to-go = { $count ->
    [one] activada, falta { $count } bloque
   *[other] activada, faltan { $count } bloques
}
my-node-mining-off = desactivada
my-node-network = Red
my-node-connecting = conectando
my-node-connected = conectado desde las { $time }
my-node-connected-to = conectado a { $relay } desde las { $time }
my-node-looking = buscando el relay desde las { $time }
my-node-offline = desconectado a las { $time }
my-node-hashing-now = Calcula ahora
my-node-hashing-yes = sí
my-node-hashing-no = no
my-node-hashing-starting = arrancando
my-node-hashing-hindered = no, algo lo impide
my-node-waits-slept = no, ha dormido { $duration } y primero se pone al día
my-node-waits-catching-up = no, primero se pone al día
my-node-waits-dates = no, las fechas de la cadena van por delante del reloj; sigue en { $duration }
my-node-peers = Vecinos
my-node-paused-hidden = en pausa: esta pestaña está oculta
my-node-paused-battery = en pausa: queda poca batería

## La pregunta antes del primer hash

my-node-agree-title = ¿Minar en este dispositivo?
my-node-agree-host-asks = El anfitrión pide a este dispositivo que mine
my-node-agree-processor = Minar mantiene ocupado el procesador: el dispositivo se calienta y la batería se gasta antes.
my-node-agree-coins = Se ganan monedas de juego de esta red, y nada más.
my-node-agree-stop = Puedes parar cuando quieras. Mientras «Seguir al anfitrión» esté activado en los ajustes, el anfitrión también puede iniciarlo y pararlo, y pagar con las monedas de este nodo.
my-node-agree-yes = Minar en este dispositivo
my-node-agree-not-now = Ahora no
my-node-share-title = Cuánto de este equipo
my-node-share-all = Todo
my-node-share-half = La mitad
my-node-share-little = Poco
my-node-cores = { $count ->
    [one] { $count } núcleo
   *[other] { $count } núcleos
}

## Lo que espera, y quién está enlazado

my-node-waiting = En espera de ser minados
my-node-none-waits = No hay ningún pago en espera.
my-node-waiting-more = y { $count } más
my-node-waiting-fee = comisión { $fee }
my-node-you = tú
my-node-linked = Nodos enlazados
my-node-none-linked = Ningún otro nodo está enlazado con este.
my-node-link-direct = directo
my-node-link-carried = a través del relay
my-node-round-trip = { $millis } ms
my-node-kind-tab = pestaña
my-node-kind-relay = relay
my-node-peer-showed = mostró por última vez el bloque { $height }, { $ago }
my-node-peer-ahead = por delante, en el bloque { $height }
my-node-peer-level = misma altura

## Ajustes

my-node-settings = Ajustes
my-node-name = Nombre
my-node-name-save = Guardar
my-node-name-saved = Guardado.
my-node-name-length = Un nombre tiene de 1 a 64 caracteres.
my-node-name-ordinary = Un nombre es una sola línea de caracteres corrientes.
my-node-name-refused = No se cambió el nombre: { $reason }.
my-node-follow = Seguir al anfitrión
my-node-follow-why = El panel del anfitrión puede iniciar y parar aquí la minería, enviar el dinero de este nodo y hacer que sus enlaces sean lentos o pierdan mensajes.
my-node-offline-switch = Trabajar sin conexión
my-node-offline-why = Salir de la red y seguir en solitario, para ver qué le hace una división a una cadena.
my-node-workers = Mineros
my-node-workers-switched = El último trabajo llegó a todos en { $millis } ms.
my-node-pause-hidden = Pausar si está oculta
my-node-pause-hidden-why = Los mineros descansan mientras otra pestaña o ventana tape esta.
my-node-pause-battery = Pausar con poca batería
my-node-battery-why = Los mineros descansan al { $percent } % o menos, salvo que se esté cargando.
my-node-battery-unknown = Este navegador no informa a las páginas sobre su batería.
my-node-agreed = Has aceptado minar en este dispositivo.
my-node-not-agreed = Aquí no se mina nada hasta que lo aceptes.
my-node-withdraw = Retirar
my-node-compare = Comparar con la punta de otro nodo
my-node-compare-hint = altura y hash, tal como los muestra su página
my-node-compare-button = Comparar
my-node-compare-both = Escribe la altura del bloque, un espacio y su hash de 64 dígitos.
my-node-compare-no-height = { $height } no es una altura: solo lleva dígitos.
my-node-compare-no-hash = Un hash tiene 64 dígitos, de 0 a 9 y de a a f.
my-node-compare-refused = No se comparó: { $reason }.
my-node-compare-asked = Este nodo pide ese bloque a sus vecinos. Si ninguno lo muestra, aparecerá una alarma en medio minuto.

## Avisos

my-node-reload = Recargar esta página
my-node-relay-gone-alone = El relay no está desde las { $time }. Este nodo conserva su cadena, sigue por su cuenta y se reconectará cuando el relay vuelva.
my-node-relay-gone-alone-others = El relay no está desde las { $time }. Este nodo conserva su cadena, sigue por su cuenta y se reconectará cuando responda ese relay u otro.
my-node-relay-gone-linked = El relay no está desde las { $time }. Este nodo conserva su cadena, sigue con { $count ->
    [one] { $count } enlace directo
   *[other] { $count } enlaces directos
} y se reconectará cuando el relay vuelva.
my-node-relay-gone-linked-others = El relay no está desde las { $time }. Este nodo conserva su cadena, sigue con { $count ->
    [one] { $count } enlace directo
   *[other] { $count } enlaces directos
} y se reconectará cuando responda ese relay u otro.
my-node-slept = Esta pestaña ha dormido { $duration }; se pondrá al día con la red antes de minar.
my-node-alarm-stuck = La red sigue una cadena a la que este nodo no puede cambiar: se separó de la suya hace tanto que hacen falta bloques antiguos, y no se pueden leer del almacenamiento de este dispositivo. Inicia el nodo de nuevo (recarga la página) y los pedirá a sus vecinos.
my-node-alarm-unshown = Otra fuente sigue el bloque { $hash } a la altura { $height }, y ningún vecino de este nodo lo ha mostrado: o están aislados de la red, o le ocultan bloques. Conéctate a otro relay o pregunta a otros qué muestran sus nodos.
my-node-alarm-withheld = Se conoce una cadena con más trabajo que la de este nodo y ningún vecino entrega sus bloques: quizá se han perdido, o se los ocultan. Conéctate a otros nodos; mientras tanto, este sigue con lo que tiene.
my-node-miners-plain = El minero rápido no se pudo iniciar, así que esta pestaña mina con el sencillo, varias veces más lento. Recarga la página para probar de nuevo el rápido.
my-node-miners-blocked = Este navegador no deja que la página inicie mineros, así que esta pestaña no puede minar; quizá se deba a un bloqueador de contenido. Su nodo sigue comprobando cada bloque y cada pago. Empieza a minar otra vez para reintentarlo.
my-node-miners-dying = Los mineros han fallado una y otra vez, así que ahora hay menos. Recarga la página para iniciarlos todos.
my-node-stale-tip = No llega ningún bloque desde hace { $quiet }, aunque casi todos llegan en menos de { $usual }: o nadie mina, o los vecinos de este nodo le ocultan bloques.
my-node-restarted = El nodo falló a las { $time } y se inició de nuevo; su cadena, su clave y su dinero siguen donde estaban. ({ $reason })
my-node-other-tab = { $wish } está abierto en otra pestaña; esta es { $name }.
my-node-same-name = Otro nodo también se llama { $name }. Dale a este un nombre propio en los ajustes, más abajo.
my-node-saving-stopped = Ya no se guardan más bloques: { $reason }. El nodo sigue en la memoria de esta pestaña y su clave se conserva. Recarga la página cuando haya espacio; entonces recuperará lo que no se guardó.
my-node-memory-only = No se guarda nada: { $reason }. El nodo funciona, pero su cadena, sus claves y su dinero se pierden al cerrar esta pestaña. La frase de recuperación de los ajustes permite recuperar la clave.
my-node-storage-silent = el almacenamiento de este navegador no responde
my-node-storage-full = el almacenamiento de este navegador está lleno
my-node-storage-refused = este navegador no da almacenamiento a esta página
my-node-storage-key-unreadable = la clave guardada aquí no se pudo leer y se dejó intacta
my-node-storage-cleared = este navegador ha borrado lo que esta página había guardado
my-node-storage-failed = el almacenamiento de este navegador falló: { $error }
my-node-storage-elsewhere = este nodo está abierto en otra pestaña
my-node-ended = El nodo se detuvo: está abierto en otra pestaña; cierra una de las dos y recarga.
my-node-no-worker = Este navegador no puede iniciar el worker que contiene el nodo.
my-node-no-program = su programa no se pudo cargar
my-node-silent = dejó de responder
my-node-keeps-failing = El nodo se detuvo { $count } veces seguidas, la última con: { $reason }.
my-node-failed-unanswered = el nodo falló antes de responder; comprueba si se hizo e inténtalo de nuevo
my-node-joined = Has entrado con un enlace que permite al anfitrión minar en este dispositivo. Minar mantiene ocupado el procesador, lo calienta y gasta la batería; puedes parar cuando quieras y elegir pausas en los ajustes, más abajo.
my-node-joined-read = Lo he leído
my-node-joined-withdraw = No minar aquí
my-node-host-asks = El anfitrión pide a este dispositivo que mine.
my-node-host-answer = Responder
my-node-clock-ahead = El reloj de este equipo va { $off } adelantado respecto al del relay. Otros nodos retienen los bloques que se minan aquí porque su fecha está demasiado en el futuro; pon el reloj en hora y recarga la página.
my-node-clock-behind = El reloj de este equipo va { $off } atrasado respecto al del relay. Los bloques de otros nodos pueden parecer del futuro y tener que esperar; pon el reloj en hora y recarga la página.
my-node-clock-behind-held = El reloj de este equipo va { $off } atrasado respecto al del relay, así que { $count ->
    [one] { $count } bloque de otros nodos espera
   *[other] { $count } bloques de otros nodos esperan
} aquí hasta que llegue a su fecha. Pon el reloj en hora y recarga la página.
my-node-reorg = A las { $time } ganó una cadena más larga: { $lost ->
    [one] { $lost } bloque fue reemplazado
   *[other] { $lost } bloques fueron reemplazados
} por { $won }{ $returned ->
    [0] .
    [one] ; { $returned } pago volvió a la cola.
   *[other] ; { $returned } pagos volvieron a la cola.
}

## Lo que el anfitrión hace con los enlaces

my-node-host-parts = El anfitrión ha dividido la red en { $count } partes que no se alcanzan entre sí; este nodo está en la parte { $number }.
my-node-host-cut-one = El anfitrión ha cortado tu enlace con { $who }.
my-node-host-cut = El anfitrión ha cortado tus enlaces con { $who }.
my-node-host-fault-one = El anfitrión ha puesto { $fault } en tu enlace con { $who }.
my-node-host-fault = El anfitrión ha puesto { $fault } en tus enlaces con { $who }.
my-node-host-not-followed = Este nodo no sigue al anfitrión y envía como antes; lo que le llega puede tardar.
my-node-nameless = nodo { $id }
my-node-many-nodes = { $count } nodos
my-node-plays-selfish = El anfitrión hace que esta pestaña represente al minero egoísta: se guarda los bloques que encuentra y los muestra cuando más les cuesta a los demás.
my-node-hides = { $count ->
    [one] Ahora oculta un bloque.
   *[other] Ahora oculta { $count } bloques.
}
my-node-plays-withholder = El anfitrión hace que esta pestaña retenga bloques: se guarda los que encuentra y los muestra según dice una tabla.
my-node-plays-double-spender = El anfitrión hace que esta pestaña represente al doble gastador: paga a un comerciante y mina en secreto lo que revierte el pago. Hasta ahora, { $won } de { $count } intentos tuvieron éxito.
my-node-plays-merchant = El anfitrión hace que esta pestaña represente a un comerciante: entrega tras { $count ->
    [one] { $count } confirmación
   *[other] { $count } confirmaciones
}.
my-node-sold = Entregados: { $count }, de ellos revertidos: { $lost }; en espera: { $waiting }.
my-node-is-off = Has sacado este nodo de la red: no oye a nadie y nadie lo oye.
my-node-go-back = Volver a la red
