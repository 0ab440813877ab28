### El árbol de bloques, en `/` y `/control`. El glosario está en frame.ftl.

tree-role = árbol de bloques
tree-label = Bloques. Las flechas recorren la cadena y sus ramas, Inicio y Fin van a sus extremos, Intro abre un bloque, más y menos cambian el tamaño y 0 vuelve a la punta.
tree-frozen = Congelado a las { $time }; la red sigue.
tree-empty = La cadena aparecerá aquí en cuanto responda el relay.
tree-no-answer = El nodo no lo tiene o no responde.
tree-elsewhere-why = Nodos de otra parte de la red siguen o siguieron este bloque, y este nodo no lo tiene. Aquí se comprobaron su cabecera, su prueba de trabajo y su minero; sus pagos no.

## Botones

tree-tools = La imagen
tree-zoom-out = Alejar
tree-zoom-out-key = Alejar (−)
tree-zoom-in = Acercar
tree-zoom-in-key = Acercar (+)
tree-room = { $count ->
    [one] { $count } bloque
   *[other] { $count } bloques
}
tree-room-why = Caben tantos
tree-skip = Saltar tramos rectos
tree-skip-why = Omitir los tramos rectos que están lejos de toda bifurcación
tree-recentre = Volver a la punta
tree-freeze = Congelar la imagen
tree-freeze-why = La red sigue
tree-unfreeze = Reanudar la imagen
tree-hint-fine = Arrastra o usa las flechas para moverte, + y − para el tamaño, 0 para volver
tree-hint-coarse = Con dos dedos se mueve y se amplía

## La imagen en palabras

tree-summary = Cadena de { $height ->
    [one] { $height } bloque
   *[other] { $height } bloques
}, { $stale ->
    [0] ninguna rama obsoleta
    [one] { $stale } rama obsoleta
   *[other] { $stale } ramas obsoletas
} en los últimos { $lately }.
tree-summary-tip = Cadena de { $height ->
    [one] { $height } bloque
   *[other] { $height } bloques
}, { $stale ->
    [0] ninguna rama obsoleta
    [one] { $stale } rama obsoleta
   *[other] { $stale } ramas obsoletas
} en los últimos { $lately }, punta encontrada por { $name } { $ago }.
tree-summary-dated = Cadena de { $height ->
    [one] { $height } bloque
   *[other] { $height } bloques
}, { $stale ->
    [0] ninguna rama obsoleta
    [one] { $stale } rama obsoleta
   *[other] { $stale } ramas obsoletas
} en los últimos { $lately }, punta de { $name }, fechada { $ago }.
tree-comma = { ", " }
tree-block = Bloque { $height }
tree-block-by = Bloque { $height } de { $name }
tree-first-block = Bloque 0, el primero
tree-by = { $height } de { $name }
tree-and-below = y { $count } por debajo
tree-genesis = génesis
tree-stale = obsoleto
tree-elsewhere = visto en otra parte de la red
tree-the-tip = la punta
tree-confirmations = { $count ->
    [one] { $count } confirmación
   *[other] { $count } confirmaciones
}
tree-payments = { $count ->
    [one] { $count } pago
   *[other] { $count } pagos
}
tree-no-payments = sin pagos
tree-next = siguiente
tree-fork-point = punto de bifurcación
tree-rivals = { $count ->
    [one] { $count } bloque más a su lado
   *[other] { $count } bloques más a su lado
}
tree-one-here = { $name } aquí
tree-nodes-here = { $count } nodos aquí
tree-branch = { $count ->
    [one] { $count } bloque obsoleto
   *[other] { $count } bloques obsoletos
} de varios sobre el bloque { $height }
tree-branch-by = { $count ->
    [one] { $count } bloque obsoleto
   *[other] { $count } bloques obsoletos
} de { $name } sobre el bloque { $height }
tree-one-elsewhere = { $name } sigue un bloque que este nodo no tiene.
tree-nodes-elsewhere = { $count } nodos siguen bloques que este nodo no tiene.
tree-hidden = { $count ->
    [one] { $count } bloque oculto
   *[other] { $count } bloques ocultos
}
tree-hidden-press = { $count ->
    [one] { $count } bloque oculto
   *[other] { $count } bloques ocultos
}. Pulsa para mostrarlos.
tree-hidden-enter = { $count ->
    [one] { $count } bloque oculto
   *[other] { $count } bloques ocultos
}. Intro los muestra.

## Reorganizaciones

tree-reorgs = { $count ->
    [one] { $count } reorganización reciente
   *[other] { $count } reorganizaciones recientes, primero la más nueva
}
tree-reorg = { $time } sobre el bloque { $height }: { $result }
tree-reorg-said = Reorganización: { $result }.
tree-result = { $lost ->
    [one] { $lost } bloque perdido
   *[other] { $lost } bloques perdidos
}, { $won ->
    [one] { $won } ganado
   *[other] { $won } ganados
}{ $returned ->
    [0] {""}
    [one] ; vuelve { $returned } pago
   *[other] ; vuelven { $returned } pagos
}
tree-replay = Repetir
tree-lost = perdidos
tree-won = ganados
tree-step-before = Una reorganización: dos cadenas compiten, y ahora la otra tiene más trabajo.
tree-step-disconnect = Desconectar: { $count ->
    [one] { $count } bloque sobre el bloque { $height } sale de la cadena.
   *[other] { $count } bloques sobre el bloque { $height } salen de la cadena.
}
tree-step-fork = Punto de bifurcación: el bloque { $height } es el último que comparten ambas cadenas.
tree-step-connect = Conectar: { $count ->
    [one] { $count } bloque se une a la cadena.
   *[other] { $count } bloques se unen a la cadena.
}
tree-step-after = { $result }.

## Quién tiene qué color

tree-legend = Quién encontró los bloques más nuevos
tree-you = tú
tree-others = { $count ->
    [one] y { $count } más
   *[other] y { $count } más
}
tree-dashed = discontinuo: obsoleto
tree-hollow = hueco: en otra parte

## Un bloque elegido

tree-standing-stale = obsoleto: otra rama tiene más trabajo
tree-standing-active = { $count ->
    [one] en la cadena activa, { $count } confirmación
   *[other] en la cadena activa, { $count } confirmaciones
}
tree-nameless = alguien sin nombre
tree-in-explorer = En el explorador
tree-close = Cerrar
tree-hash = Hash
tree-parent = Padre
tree-found-by = Encontrado por
tree-dated = Fechado
tree-came = Llegó aquí
tree-holds = Contiene
tree-bytes = { $size } bytes
tree-bytes-came-in = { $size } bytes, llegó en { $bytes }
tree-reward = Recompensa
tree-nonce = Nonce
tree-mine-here = Minar un bloque sobre este
tree-mine-why = Tu nodo busca un bloque que vaya aquí, sin pagos, y luego descansa. Queda al lado de la cadena, y ningún otro nodo sabe de él, hasta que su rama tenga más trabajo que ella, por ejemplo tras dos bloques seguidos justo debajo de la punta.
tree-mine-begun = Tu nodo mina aquí un bloque.
tree-mine-agree = Acepta antes minar: pulsa el botón grande de arriba.

## El pasado

tree-past = Mirar atrás
tree-past-whose = El pasado de quién
tree-past-earlier = Lo que ocurrió antes
tree-past-later = Lo que ocurrió después
tree-past-now = Ahora
tree-past-present = Ahora. Se recuerda desde las { $since }.
tree-past-at = A las { $time }, { $ago }
tree-past-said = A las { $time }, { $ago }: lo que dijo { $name }
tree-not-yet = aún no se conoce
tree-announced = solo se conoce su cabecera

## Y si

tree-what-if = ¿Y si hubiera llegado
tree-what-if-earlier = segundos antes?
tree-what-if-ask = Reproducir
tree-what-if-seconds = Escribe un número de segundos, una hora como máximo; un menos significa después.
tree-what-if-failed = El laboratorio no arrancó. Inténtalo de nuevo cuando el relay responda.
tree-what-if-same = Nada habría cambiado: las mismas puntas en los mismos momentos.
tree-what-if-none = ninguno de ellos
tree-what-if-until = Desde las { $time } este nodo habría seguido { $would } en lugar de { $was }, hasta las { $until }; después ambos son iguales.
tree-what-if-for-good = Desde las { $time } este nodo habría seguido { $would } en lugar de { $was }, y aún seguiría otra cadena.
tree-what-if-waited = Habría esperado al bloque anterior, hasta las { $time }.
tree-what-if-dated = Eso es antes de la fecha de su cabecera: apenas podía haberse encontrado.
tree-what-if-doubtful = { $count ->
    [one] { $count } bloque se encontró aquí sobre una punta que este nodo no habría tenido; tal vez habría sido otro.
   *[other] { $count } bloques se encontraron aquí sobre puntas que este nodo no habría tenido; tal vez habrían sido otros.
}
tree-what-if-others = Los bloques quedan como se registraron: nadie sabe qué habrían encontrado otros.
tree-what-if-was = Como fue
tree-what-if-would = Como habría sido
