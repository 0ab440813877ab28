### El marco de todas las páginas, estados comunes y unidades.
###
### Glosario: block = bloque, chain = cadena, tip = punta, height = altura, fork = bifurcación, fork point = punto de
### bifurcación, reorg = reorganización, stale = obsoleto, mining = minería, to mine = minar, miner = minero, hash rate =
### tasa de hash, difficulty = dificultad, target = objetivo, share = share, mempool = cola de espera, payment = pago,
### fee = comisión, recovery phrase = frase de recuperación, node = nodo, peer = vecino, relay = relay, link = enlace,
### host = anfitrión, tab = pestaña, Lab = laboratorio. Tratamiento: tú.

frame-pages = Páginas
frame-skip = Saltar al contenido
frame-my-node = Mi nodo
frame-control = Panel
frame-explorer = Explorador
frame-lab = Lab
frame-learn = Lecciones
frame-language = Idioma
frame-page-loading = Cargando…
frame-page-failed = No se pudo cargar esta página porque el relay no responde. Recárgala para intentarlo de nuevo.
frame-rest-late = El resto de esta página aún no está aquí: el relay no responde o tiene ya otra versión. Se le vuelve a preguntar cada dos segundos; si no sirve, recarga la página.

frame-not-found = No encontrada
frame-not-found-title = Aquí no hay ninguna página
frame-not-found-why = Puede que la dirección esté mal escrita. A todo lo que hay se llega desde la barra de arriba.
frame-to-my-node = A mi nodo

frame-just-now = ahora mismo
frame-copy = Copiar
frame-copied = Copiado
frame-selected = Seleccionado
frame-qr = Código QR del enlace para unirse
frame-relay-silent = El relay no responde.
frame-relay-nonsense = La respuesta del relay no se entiende aquí: { $error }.
frame-relay-status = El relay respondió con el estado { $status }.
frame-only-watching = Esta pestaña solo puede mirar: no se abrió con el enlace del anfitrión.

frame-fault-delay = { $time } de retardo
frame-fault-jitter = hasta { $time } de variación
frame-fault-loss = un { $percent } % de pérdida
frame-fault-limit = un límite de { $rate } kB/s
frame-and = { $first } y { $last }

frame-refused-balance = hay { $has } y hacen falta { $needs }
frame-refused-fee = hace falta una comisión de al menos { $fee }
frame-refused-replacement = otro pago tiene este número; uno con una comisión de al menos { $fee } ocupa su lugar
frame-refused-many = ya esperan demasiados pagos; prueba después del próximo bloque
frame-refused-full = ahora solo se aceptan pagos con más comisión
frame-refused-known = este pago ya está esperando
frame-refused-zero = un pago mueve más que nada
frame-refused-nonce = la cadena ya tiene un pago con este número
frame-refused-signature = la firma no corresponde a la clave del remitente
frame-amount-format = escribe un importe como 2 o 0.25
frame-amount-decimals = un importe tiene como mucho ocho decimales
frame-amount-negative = un importe no puede ser negativo
frame-amount-large = nunca puede haber más de 21 millones de monedas
frame-address-mistyped = falta un carácter de la dirección o está mal
frame-address-prefix = una dirección empieza por tab1
frame-address-length = la dirección tiene una longitud equivocada
frame-memo-long = como mucho { $most } bytes; este es más largo

frame-role-honest = honesto
frame-role-selfish = minero egoísta
frame-role-withholder = minero que retiene
frame-role-double-spender = doble gastador
frame-role-merchant = comerciante, { $count ->
    [one] { $count } confirmación
   *[other] { $count } confirmaciones
}
frame-refuses = { $name } lo rechaza: { $reason }
