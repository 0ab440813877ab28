### `/learn`: las lecciones.

learn-title = Lecciones
learn-intro = Ocho lecciones cortas en la red real. Actúas en tu propio nodo, y un paso está hecho cuando el estado de tu nodo lo demuestra.
learn-all = Todas las lecciones
learn-next = Siguiente: { $lesson }
learn-again = Empezar esta lección de nuevo
learn-steps = { $steps ->
    [one] { $steps } paso
   *[other] { $steps } pasos
}
learn-steps-taken = { $taken } de { $steps } pasos hechos
learn-all-taken = Todos los pasos hechos. ¡Bien hecho!
learn-learned = ✓ Aprendida
learn-step-taken = hecho
learn-step-open = por hacer
learn-step-closed = viene después de los pasos anteriores
learn-step-next = ✓ Hecho. Continúa con el paso { $next }.
learn-step-last = ✓ Hecho, y con él la lección entera.
learn-changed = (cambiado)
learn-put-back = Dejarlo como estaba

## El nodo de quien aprende y lo que varias lecciones hacen con él

learn-your-node = Tu nodo
learn-no-node = Tu nodo está arrancando…
learn-height = Altura { $height }
learn-peers = { $peers ->
    [one] { $peers } vecino
   *[other] { $peers } vecinos
}
learn-alone = fuera de la red
learn-not-alone = Tu nodo está otra vez en la red. Sal primero de ella.
learn-leave = Salir de la red
learn-go-back = Volver a la red
learn-mine-one = Minar un bloque
learn-mine-stop = Dejar de minar
learn-mine-allow = Permitir que este dispositivo mine…
learn-pay-myself = Pagarte { $amount } a ti
learn-poor = Tu nodo aún no tiene monedas. Quien encuentra un bloque recibe algunas: mina uno.
learn-sent = Enviado.
learn-refused = Tu nodo lo ha rechazado: { $reason }.
learn-waiting = { $payments ->
    [0] No espera ningún pago.
    [one] Espera { $payments } pago.
   *[other] Esperan { $payments } pagos.
}
learn-no-block = Aún no hay ningún bloque minado. Mina el primero.
learn-will-succeed = Saldrá bien
learn-will-fail = Fallará
learn-as-you-said = Como dijiste.
learn-other-than-you-said = No como dijiste.

## Hash y nonce

learn-hash = Hash y nonce
learn-hash-about = Un hash es una huella: cualquier cambio da otra. Se encuentra un bloque cuando su huella, leída como número, no es mayor que un límite, el objetivo. Para lograrlo, los mineros cambian en él una y otra vez un número: el nonce.
learn-hash-1 = Cambia un número y pierde la prueba
learn-hash-1-do = Esta es la cabecera del bloque más nuevo. Cambia su nonce: el hash es otro al instante. Sigue hasta que ya no sea lo bastante pequeño.
learn-field-prev = Bloque anterior
learn-field-root = Raíz de Merkle
learn-field-time = Hora
learn-field-bits = Bits
learn-nonce = Nonce
learn-nonce-less = −1: uno menos
learn-nonce-more = +1: uno más
learn-nonce-wrong = Un nonce es un número entero de 0 a { $most }.
learn-hash-of = Hash ({ $algorithm })
learn-target = Objetivo: el hash no puede ser mayor
learn-hash-small = El hash no supera el objetivo: esto es un bloque.
learn-hash-large = El hash supera el objetivo: esto no es un bloque.
learn-hash-2 = Busca un nonce a mano
learn-hash-2-do = { $digits ->
    [one] Encuentra un nonce con el que el hash empiece por { $digits } cero. Hacen falta { $tries } intentos de media, y nadie puede prever cuál será.
   *[other] Encuentra un nonce con el que el hash empiece por { $digits } ceros. Hacen falta { $tries } intentos de media, y nadie puede prever cuál será.
}
learn-try-one = Probar uno
learn-try-many = Probar { $tries }
learn-tried = { $tries ->
    [one] { $tries } intento, y no basta.
   *[other] { $tries } intentos, y ninguno basta.
}
learn-found-after = { $tries ->
    [one] Encontrado al primer intento. Ha sido suerte.
   *[other] Encontrado tras { $tries } intentos.
}
learn-hash-3 = Deja que busque tu nodo
learn-hash-3-do = Tu nodo hace lo mismo, miles de veces más rápido y con su nombre en el bloque. Haz que encuentre uno.
learn-hash-3-done = Tu nodo encontró el bloque { $height } con el nonce { $nonce }. Su hash se ha vuelto a calcular aquí y es lo bastante pequeño. Eso cuesta { $hashes } hashes de media.

## Un bloque y su árbol de Merkle

learn-merkle = Un bloque y su árbol de Merkle
learn-merkle-about = La cabecera de un bloque guarda un solo hash que vale por todas sus transacciones. Los hashes se emparejan hasta que queda uno.
learn-merkle-1 = Mete dos pagos en un bloque
learn-merkle-1-do = Envíate dos pagos y mina un bloque antes de que lo haga otro. Necesita al menos tres transacciones: la recompensa del minero es la primera.
learn-merkle-2 = Cambia un pago
learn-merkle-2-do = Cada fila se hace con la de arriba. Haz que el primer pago mueva un poquito más y mira qué hashes cambian.
learn-merkle-leaves = Transacciones
learn-merkle-level = Parejas
learn-merkle-root = Raíz de Merkle
learn-merkle-header = La cabecera dice:
learn-merkle-fits = La cabecera se refiere a estas transacciones.
learn-merkle-differs = La cabecera se refiere a otras transacciones.
learn-merkle-missing = Entre los bloques más nuevos no hay ninguno con tres transacciones. Haz uno como en el primer paso.
learn-merkle-change = Cambiar el primer pago
learn-merkle-3 = Déjalo como estaba
learn-merkle-3-do = Deja el pago como estaba con el botón de arriba: los mismos bytes dan siempre la misma raíz.
learn-merkle-4 = Demuéstralo con pocos hashes
learn-merkle-4-do = Alguien que solo tiene la cabecera quiere una prueba de que el pago está en el bloque. Elige su vecino en cada fila; combinados uno tras otro deben dar la raíz de la cabecera.
learn-merkle-payment = El pago:
learn-merkle-neighbour = Vecino { $number }
learn-merkle-reached = Dan:
learn-merkle-proven = Es la raíz de la cabecera: el pago está en este bloque.
learn-merkle-unproven = No es la raíz de la cabecera. Mira el árbol de arriba: ¿quién está al lado de quién?

## Una cadena y las falsificaciones

learn-chain = Una cadena y las falsificaciones
learn-chain-about = Cada bloque nombra el hash del anterior. Por eso nadie puede cambiar un bloque antiguo y dejar el resto como está.
learn-chain-1 = Falsifica un bloque antiguo
learn-chain-1-do = Escribe otra cosa en el más antiguo de estos bloques, en una copia aquí en la página. ¿Qué dice el propio bloque?
learn-block = Bloque { $height }
learn-names = nombra
learn-is = es
learn-chain-short = Para esto hacen falta { $blocks } bloques minados. Mina algunos más.
learn-chain-tag = Lo que el minero escribió en él
learn-chain-whole = Sus transacciones son las que dice su cabecera.
learn-chain-not-whole = Sus transacciones no son las que dice su cabecera. Todos los nodos lo rechazan.
learn-chain-linked = El bloque siguiente lo nombra.
learn-chain-not-linked = El bloque siguiente nombra a otro: este se queda solo.
learn-chain-2 = Arregla el bloque, rompe la cadena
learn-chain-2-do = Quien falsifica pone la nueva raíz de Merkle en la cabecera. Hazlo y mira el bloque siguiente.
learn-chain-new-root = Poner la nueva raíz de Merkle
learn-chain-3 = Cuenta el trabajo
learn-chain-3-do = El bloque falsificado { $height } tiene otro hash, así que necesita otra prueba de trabajo, y también todos los de encima, pues cada uno nombra ahora a otro. La punta es el bloque { $tip }, y los demás siguen minando.
learn-chain-count = ¿Cuántos bloques hay que minar de nuevo?
learn-chain-right = Correcto. Y más rápido que todos los demás juntos.
learn-chain-wrong = No son esos. Cuenta el propio bloque falsificado y todos los de encima.

## Claves y firmas

learn-keys = Claves y firmas
learn-keys-about = Solo quien tiene la clave secreta puede firmar un pago. Todos pueden comprobar la firma, y sirve para un único pago.
learn-keys-1 = Firma un pago
learn-keys-1-do = Esto crea una clave de práctica en tu navegador y firma con ella un pago de práctica.
learn-keys-sign = Firmar
learn-keys-from = De (clave pública)
learn-keys-amount = Importe
learn-keys-signature = Firma
learn-keys-valid = La firma es válida.
learn-keys-invalid = La firma no corresponde a este pago.
learn-keys-2 = Cambia lo firmado
learn-keys-2-do = Un ladrón multiplica el importe por diez y deja la firma como está.
learn-keys-2-question = La comprobación de la firma:
learn-keys-2-told = La firma se hizo para el importe anterior y no sirve para nada más.
learn-keys-3 = Firma otra vez
learn-keys-3-do = Quien tiene la clave puede cambiar el importe: firmado otra vez, el nuevo pago es válido.
learn-keys-change = Cambiar el importe
learn-keys-sign-again = Firmar otra vez
learn-keys-4 = Engaña a tu propio nodo
learn-keys-4-do = Ahora con dinero de verdad. Envíate un pago; mientras espera, se suben su importe y su comisión y el resultado se entrega a tu nodo.
learn-keys-waits = Este pago espera:
learn-keys-4-question = Tu nodo recibe el pago cambiado:

## Cola de espera y comisiones

learn-fees = Cola de espera y comisiones
learn-fees-about = Un pago espera hasta que un minero lo pone en un bloque. Los mineros toman primero los que mejor les pagan.
learn-fees-1 = Envía un pago barato
learn-fees-1-do = Envíate un pago que deje al minero solo lo mínimo que aceptan los nodos: { $cheapest }. La comisión habitual es { $usual }.
learn-fees-others = Si alguien mina sin parar, puede estar en un bloque antes de que mires. Envía otro.
learn-fees-none = Ninguno de tus pagos espera. Envía uno.
learn-fees-waits = Tu pago { $payment } espera con una comisión de { $fee }.
learn-fees-2 = Sustitúyelo por demasiado poco
learn-fees-2-do = Un pago que espera se puede enviar de nuevo con más comisión. Prueba con la subida más pequeña posible.
learn-fees-2-question = Una comisión 0,00000001 TAB mayor:
learn-fees-3 = Sustitúyelo
learn-fees-3-do = El nuevo debe pagar su propio viaje por la red. Sube la comisión a la habitual: el pago anterior desaparece, el nuevo lleva su número, y solo uno de los dos podrá minarse.
learn-fees-raise = Subir la comisión
learn-fees-4 = Mira quién se lleva la comisión
learn-fees-4-do = Mina un bloque o espera a que alguien lo haga. Su recompensa son las monedas nuevas y las comisiones de todos sus pagos.
learn-fees-4-done = { $miner } minó el bloque { $height } con tu pago y recibió { $fees } en comisiones.

## Una bifurcación y una reorganización

learn-fork = Bifurcación y reorganización
learn-fork-about = Dos bloques pueden seguir al mismo. Entonces la cadena se bifurca hasta que un lado tiene más trabajo: todos se pasan a ese.
learn-fork-1 = Sal de la red
learn-fork-1-do = Saca tu nodo de la red. No oye nada de los demás, y ellos no oyen nada de él.
learn-fork-2 = Mina en solitario
learn-fork-2-do = Haz que tu nodo encuentre un bloque que nadie más conozca. Los demás siguen desde el mismo bloque que tú: una bifurcación.
learn-fork-2-done = { $blocks ->
    [one] Tu rama tiene { $blocks } bloque que nadie más tiene.
   *[other] Tu rama tiene { $blocks } bloques que nadie más tiene.
}
learn-fork-3 = Vuelve
learn-fork-3-do = ¿Qué rama ganará? La que tenga más trabajo. Vuelve y mira en cuál se ponen todos de acuerdo.
learn-fork-won = Tu rama tiene más trabajo: los demás la adoptan.
learn-fork-undecided = Las ramas tienen el mismo trabajo, o los demás aún están contando. Decide el próximo bloque.
learn-fork-lost = Tu nodo se pasó a la rama de los demás: deshizo { $lost } de sus bloques por encima de la altura { $height } y adoptó { $won } de los suyos.
learn-fork-4 = Pierde un bloque en una reorganización
learn-fork-4-do = Mira cómo pierde tu propio bloque. Si ganó el tuyo, sal otra vez, mina un bloque y deja que los demás encuentren más antes de volver.
learn-fork-helper = ¿Nadie más mina aquí?
learn-fork-open-helper = Abre un segundo nodo en otra pestaña y hazlo minar mientras estás fuera.

## Dificultad

learn-difficulty = Dificultad
learn-difficulty-about = Cuanto menor es el objetivo, más hashes cuesta un bloque. La red lo mueve para que los bloques sigan llegando a su ritmo.
learn-difficulty-1 = Hazlo el doble de difícil
learn-difficulty-1-do = Este es el objetivo del bloque más nuevo. Divídelo de modo que un bloque cueste el doble de hashes.
learn-target-now = Objetivo ahora
learn-hashes-now = Hashes por bloque, de media
learn-difficulty-divide = Divide el objetivo entre
learn-target-new = Objetivo nuevo
learn-hashes-new = Hashes por bloque entonces
learn-difficulty-twice = El doble de trabajo.
learn-difficulty-not-twice = No es el doble de trabajo.
learn-difficulty-2 = Haz que suba
learn-difficulty-2-do = Un bloque debe tardar { $spacing } segundos. ¿En cuántos segundos hay que encontrar uno para que el siguiente sea más difícil?
learn-difficulty-seconds = Segundos que tardó el bloque
learn-difficulty-changes = El bloque siguiente cuesta { $factor } veces los hashes de este.
learn-difficulty-fixed = En esta red la dificultad es fija; esta es la regla de la red del aula.
learn-difficulty-3 = Haz que baje
learn-difficulty-3-do = ¿Y cuánto debe tardar un bloque, con { $spacing } segundos como meta, para que el siguiente sea más fácil?
learn-difficulty-4 = Predice el bloque siguiente
learn-difficulty-4-do = Nadie decide la dificultad: se deduce de los bloques anteriores. Aquí se calcula de antemano. Mina un bloque, o espera a uno, y compara.
learn-difficulty-foretold = El bloque { $height } debe tener los bits { $bits }: { $hashes } hashes de media.
learn-difficulty-true = El bloque { $height } tiene los bits { $bits }, como se predijo.
learn-difficulty-false = El bloque tiene otros bits que los predichos.

## Partición y reunión

learn-partition = Partición y reunión
learn-partition-about = Cuando una red se parte, cada parte sigue sola. Cuando se reúne, queda una sola historia, y los pagos de la otra vuelven a esperar.
learn-partition-1 = Parte la red
learn-partition-1-do = Saca tu nodo de la red: ahora hay dos partes, la tuya y la de todos los demás.
learn-partition-2 = Paga en tu lado
learn-partition-2-do = Envíate un pago y mínalo. En tu lado está confirmado; el otro lado nunca ha oído hablar de él.
learn-partition-confirmed = { $blocks ->
    [one] Tu pago más nuevo está en el bloque { $height }, con { $blocks } confirmación.
   *[other] Tu pago más nuevo está en el bloque { $height }, con { $blocks } confirmaciones.
}
learn-partition-returned = Tu pago más nuevo espera otra vez: el bloque { $height } que lo tenía perdió.
learn-partition-waits = Tu pago más nuevo espera.
learn-partition-3 = Reúnela
learn-partition-3-do = Vuelve. Si los demás tienen más trabajo, tu bloque se pierde y tu pago espera otra vez; si no, adoptan tu bloque con él.
learn-partition-4 = Termínalo
learn-partition-4-do = Un pago cuenta cuando está en la cadena que todos siguen. Mina un bloque, o espera, hasta que ninguno de tus pagos espere.
learn-fork-back-already = Tu nodo está en la red. Para volver con algo, sal de ella, mina a solas y luego vuelve.
