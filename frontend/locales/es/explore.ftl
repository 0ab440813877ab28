### `/explore`: bloques, transacciones y cuentas, desmontados. El glosario está en frame.ftl.

explore-search = Altura, hash o una parte de él, transacción, dirección o nombre de un nodo
explore-search-hint = altura, hash, transacción, dirección o nombre
explore-find = Buscar
explore-search-nothing = «{ $wanted }» no es una altura, ni un hash, ni una dirección que empiece por tab1, y ningún nodo conectado se llama así.
explore-search-unknown = El nodo del relay no conoce ningún bloque ni transacción «{ $wanted }».
explore-search-no-part = «{ $wanted }» no es el nombre de ningún nodo conectado, y ningún hash de un bloque o de una transacción reciente empieza o termina así.
explore-search-several = Los hashes de { $count } bloques y transacciones empiezan o terminan con «{ $wanted }»: escribe más del hash que buscas.
explore-search-many = Los hashes de más de { $count } bloques y transacciones empiezan o terminan con «{ $wanted }»: escribe más del hash que buscas.
explore-fetching = Pidiéndolo al relay…
explore-blocks = Bloques de la cadena activa
explore-newest = Más recientes
explore-earlier = Anteriores
explore-more = y { $count } más
explore-height = Altura
explore-hash-ends = El hash acaba en
explore-txid-ends = El txid acaba en
explore-found-by = Encontrado por
explore-payments = Pagos
explore-bytes = Bytes
explore-dated = Fecha
explore-genesis = génesis

## Lo que envía el relay

explore-sent-no-block = El relay envió algo que no es un bloque: { $error }.
explore-sent-no-parent = El relay envió algo que no es un bloque.
explore-sent-another-block = El relay envió un bloque distinto del que se le pidió: { $hash }.
explore-sent-no-headers = El relay envió algo que no son cabeceras: { $error }.
explore-another-transaction = El relay envió una transacción distinta de la que se le pidió.
explore-no-txid = Un txid tiene 64 dígitos hexadecimales.

## Un bloque

explore-block = Bloque
explore-block-title = Bloque { $height }
explore-in-block = bloque { $height }
explore-the-block = El bloque
explore-hash = Hash
explore-stands = Situación
explore-standing-stale = obsoleto: otra rama tiene más trabajo
explore-standing-tip = la punta de la cadena activa
explore-standing-active = en la cadena activa, { $count ->
    [one] { $count } confirmación
   *[other] { $count } confirmaciones
}
explore-confirmations = { $count ->
    [one] { $count } confirmación
   *[other] { $count } confirmaciones
}
explore-below = ← Bloque inferior
explore-above = Bloque superior →
explore-its-bytes = Sus bytes
explore-change-bytes = Pulsa un byte para cambiarlo, o ve hasta él con las flechas y escribe. Solo cambia en esta página.
explore-part = Parte del bloque
explore-part-header = cabecera
explore-part-coinbase = coinbase
explore-part-payment = pago { $number }
explore-byte = { $field }, byte { $at }: { $value }
explore-its-header = Su cabecera
explore-bits = { $bits } (dificultad { $difficulty })
explore-its-transactions = Transacciones
explore-new-coins = monedas nuevas y comisiones

## Reglas

explore-judged = Juzgado aquí, con el código de un nodo
explore-judged-not = Saber si cada remitente tenía las monedas, y en qué orden las gastó, requiere la cadena entera: cada nodo lo juzga cuando llega el bloque.
explore-ruling-kept = sí:
explore-ruling-broken = no:
explore-ruling-open = sin juzgar:
explore-rule-work = Su prueba de trabajo cumple el objetivo
explore-rule-parent = Nombra como padre al bloque inferior
explore-rule-context = Su dificultad y su fecha son las que piden las reglas
explore-rule-bytes = Sus bytes son un bloque
explore-rule-identity = Sus transacciones son las que indica la cabecera
explore-rule-transactions = Cada transacción está bien hecha y firmada
explore-rule-coinbase = El minero no se lleva más de lo permitido
explore-open-unreadable = Los bytes no son un bloque.
explore-open-genesis = El génesis se deduce de los parámetros de la red y nadie lo minó.
explore-open-below = No hay nada por debajo del génesis.
explore-open-not-its-own = No son las de la cabecera.
explore-open-pays-nobody = El génesis no paga a nadie.
explore-open-unsound = Sus transacciones no son correctas.

## Un byte cambiado

explore-fix-root = Poner la nueva raíz de Merkle
explore-mine-again = Minarlo de nuevo
explore-undo = Deshacer
explore-rung-hash = Hash.
explore-rung-block = Bloque.
explore-rung-chain = Cadena.
explore-rung-nodes = Nodos.
explore-hash-changed = Su hash acababa en { $before } y ahora acaba en { $now }.
explore-hash-same = Su hash es el mismo: solo cubre la cabecera, y la cabecera indica otras transacciones.
explore-hash-none = Ya no hay ninguna cabecera de la que calcular el hash.
explore-block-kept = Cumple todas las reglas que se juzgan aquí: es un bloque distinto, con trabajo propio.
explore-block-broken = Incumple { $count ->
    [one] { $count } regla
   *[other] { $count } reglas
}.
explore-chain-none = Todavía no se apoya ningún bloque en él.
explore-chain-cut = El bloque { $height } nombra como padre al hash antiguo. Él y lo que se apoya en él, { $count ->
    [one] { $count } bloque
   *[other] { $count } bloques
} en total, se han quedado sin base.
explore-chain-kept = El bloque { $height } sigue apoyado en esta cabecera, que corresponde a otras transacciones.
explore-nodes-rival = Los demás nodos lo tomarían por un rival de la punta y se quedarían con el que vieron primero.
explore-nodes-stale = Los demás nodos lo tomarían por una rama obsoleta: la cadena que siguen tiene el trabajo de { $count ->
    [one] { $count } bloque más
   *[other] { $count } bloques más
}. Quien quiera ganar tiene que volver a minarlos todos, más rápido de lo que avanzan los demás.
explore-nodes-wait = Cada nodo lo aparta hasta que llegue su fecha, y entonces lo juzga.
explore-nodes-refuse = Todos los nodos lo rechazan y bloquean a quien lo envíe. Sus propias copias no cambian.
explore-searching = Buscando un nonce: { $tried } probados…
explore-gave-up = Ningún nonce en medio minuto, tras { $tried } intentos. Un falsificador necesita tanto trabajo como puso la red.

## Una transacción

explore-transaction = Transacción
explore-the-transaction = La transacción
explore-txid = Txid
explore-waits = Espera a ser minada.
explore-kind = Tipo
explore-kind-coinbase = coinbase: la recompensa del minero, que nadie firma
explore-from = De
explore-to = Para
explore-amount = Importe
explore-fee = Comisión
explore-reward = Recompensa
explore-tag = Etiqueta
explore-nonce = Nonce
explore-nonce-counted = { $nonce }, contando desde 0
explore-message = Mensaje
explore-signature = Firma
explore-signature-open = comprobando…
explore-signature-valid = válida: comprobada aquí, con la clave del remitente sobre estos bytes
explore-signature-invalid = no válida: comprobada aquí
explore-proof = La prueba de que está en su bloque
explore-proof-why = { $count ->
    [one] El bloque tiene { $count } transacción.
   *[other] El bloque tiene { $count } transacciones.
} { $steps ->
    [0] Su hash es la propia raíz de Merkle de la cabecera.
    [one] De todas las demás basta { $steps } hash para comprobar esta.
   *[other] De todas las demás bastan { $steps } hashes para comprobar esta.
}
explore-proof-txid = Su txid.
explore-proof-alone = No tiene vecino, así que se empareja consigo misma.
explore-proof-right = Su vecino está a la derecha.
explore-proof-left = Su vecino está a la izquierda.
explore-proof-of = SHA-256d de
explore-proof-and = y
explore-proof-is = es
explore-proof-progress = { $done } de { $steps } hashes calculados
explore-proof-fits = Esta es la raíz de Merkle de la cabecera: el bloque contiene esta transacción.
explore-proof-fails = Esta no es la raíz de Merkle de la cabecera.
explore-proof-next = Calcular el siguiente hash
explore-proof-all = Calcular todos

## Una cuenta

explore-account = Cuenta
explore-the-account = La cuenta
explore-address = Dirección
explore-balance = Saldo
explore-available = Se puede gastar ya
explore-next-nonce = Siguiente nonce
explore-account-source = Tal como lo ha calculado el nodo del relay a partir de cada bloque de la cadena activa.
explore-no-history = Nadie ha pagado todavía a esta dirección.
explore-mined = minado
explore-from-whom = de
explore-to-whom = para

## Los campos de un bloque. Los de una cabecera conservan su nombre del protocolo.

explore-field-version = versión
explore-field-count = cantidad
explore-field-kind = tipo
explore-field-height = altura
explore-field-network = identificador de red
explore-field-sender = clave del remitente
explore-field-recipient = destinatario
explore-field-reward = recompensa
explore-field-amount = importe
explore-field-fee = comisión
explore-field-text = texto
explore-field-signature = firma
explore-why-version = Cualquier valor es válido; los mineros usan 16 de sus bits para tener más que probar.
explore-why-prev-blockhash = El hash del bloque inferior. Es lo que hace de los bloques una cadena: quien cambia uno, cambia su hash.
explore-why-merkle-root = Un solo hash para todas las transacciones del bloque. Si cambia una, deja de encajar.
explore-why-time = Cuándo empezó el minero con él, según su propio reloj, en segundos desde 1970; pero siempre después de la mediana de los once bloques de debajo.
explore-why-bits = El objetivo en forma abreviada: la prueba de trabajo del bloque no debe superarlo.
explore-why-nonce = Lo que el minero fue probando hasta que la prueba de trabajo cumplió el objetivo.
