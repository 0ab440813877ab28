### Enviar dinero, pagos, agenda y clave, en `/`.

wallet-qr = Mostrarla como código QR
wallet-qr-why = Quien lo escanee llega a esta página contigo como destinatario.
wallet-qr-label = Código QR del enlace para pagar a este nodo
wallet-other-tabs = El dinero de { $count ->
    [one] tu otra pestaña
   *[other] tus otras pestañas
} no está aquí
wallet-other-tabs-why = Cada pestaña es un nodo propio, con su clave y su dinero. Estas estaban abiertas en este navegador cuando se abrió esta pestaña. Ve a esa pestaña para gastar su dinero, o envíalo desde allí; si está cerrada, ábrela de nuevo:

## Enviar

wallet-send-money = Enviar dinero
wallet-send-to = Enviar a…
wallet-send-to-whom = Enviar a { $name }
wallet-to = A
wallet-to-what = un nombre o una dirección
wallet-amount = Importe
wallet-fee-and-message = Comisión y mensaje
wallet-message = Mensaje, a la vista de todos
wallet-send = Enviar
wallet-sent = Enviado.
wallet-sent-waits = Enviado. Espera al próximo bloque (transacción …{ $txid }).
wallet-sent-nobody = Enviado, pero ahora nadie mina: espera hasta que alguien lo haga (transacción …{ $txid }).
wallet-sent-offline = Guardado en esta pestaña: no estás en la red, y saldrá cuando vuelvas (transacción …{ $txid }).
wallet-not-sent = No enviado: { $reason }.
wallet-ambiguous = Varios nodos se llaman { $name }. Elige uno por su dirección.
wallet-nobody = Escribe a quién pagar: un nombre o una dirección.
wallet-unknown = Ningún nodo se llama { $name } aquí.
wallet-bad-address = Eso no llegará: { $reason }.
wallet-bad-amount = Importe: { $reason }.
wallet-bad-fee = Comisión: { $reason }.
wallet-bad-message = Mensaje: { $reason }.
wallet-fee = Comisión para el minero
wallet-fee-in-coins = Comisión en TAB
wallet-fee-next = Próximo bloque
wallet-fee-next-when = en el próximo bloque
wallet-fee-soon = Pronto
wallet-fee-soon-when = en los próximos { $blocks } bloques
wallet-fee-cheapest = La más barata
wallet-fee-cheapest-enough = basta ahora para el próximo bloque
wallet-fee-cheapest-when = dentro de unos { $blocks } bloques
wallet-fee-own = La mía

## La agenda

wallet-book = Agenda
wallet-book-empty = Nadie todavía: los demás nodos aparecen aquí por su nombre, y a quien guardes se queda.
wallet-book-is-saved = guardado
wallet-book-save = Guardar
wallet-book-forget = Olvidar
wallet-book-saved = { $name } está en la agenda.
wallet-book-forgotten = { $name } ya no está en la agenda.
wallet-book-name = Nombre
wallet-book-address = Dirección
wallet-book-bad-name = Un nombre tiene de 1 a 64 caracteres en una línea.
wallet-book-full = En la agenda caben { $names } nombres. Olvida uno primero.

## Pagos

wallet-payments = Mis pagos
wallet-no-payments = Ninguno todavía. Lo que envías y recibes aparece aquí.
wallet-from-whom = de { $name }
wallet-to-whom = a { $name }
wallet-to-yourself = a ti
wallet-waits-next = Espera al próximo bloque.
wallet-waits-raise = Espera unos { $blocks } bloques más: otros pagan comisiones más altas y van antes. Sube su comisión y llegará antes.
wallet-waits-long = Espera unos { $blocks } bloques más: otros pagan comisiones más altas y van antes.
wallet-waits-nobody = Espera un bloque, y ahora nadie mina.
wallet-blocked = Atascado. Tus pagos se minan por orden de número, y falta el número { $number }, que va antes que este. El próximo que envíes llevará ese número.
wallet-confirmed = En el bloque { $height }: { $count ->
    [one] { $count } confirmación
   *[other] { $count } confirmaciones
}
wallet-settled = En el bloque { $height }, { $count } confirmaciones: ya es difícil deshacerlo
wallet-returned = El bloque { $height } que lo tenía perdió frente a una cadena más larga, así que espera otra vez.
wallet-undone-block = Anulado. El bloque { $height } que lo tenía perdió frente a una cadena más larga, y esa gasta las mismas monedas de otra forma.
wallet-undone = Anulado. Aún no estaba en ningún bloque cuando sus monedas se fueron con un bloque perdedor, o pagos con mejor comisión lo sacaron de la cola. No se te ha quitado nada.
wallet-send-again = Enviar otra vez
wallet-sent-again = Enviado otra vez: mira la fila nueva.
wallet-fill-gap = Llenar el hueco con un pago a ti
wallet-raise = Subir la comisión
wallet-raise-new = Nueva comisión en TAB
wallet-raise-send = Enviarlo de nuevo
wallet-raise-least = Al menos { $fee }. El pago conserva su número, así que solo uno de los dos puede minarse.
wallet-fee-of = Comisión { $fee }.
wallet-replaces = Sustituyó al mismo pago con una comisión de { $fee }.
wallet-not-replaced = No sustituido: { $reason }.

## La clave

wallet-phrase = Frase de recuperación
wallet-phrase-why = 24 palabras que son la clave de este nodo. Con ellas se llega a su dinero cuando los datos de este navegador se pierden; quien las lea puede gastarlo.
wallet-phrase-show = Mostrar las palabras
wallet-phrase-hide = Ocultar las palabras
wallet-restore = Usar una clave que tienes anotada
wallet-restore-warning = Esto sustituye la clave de este nodo. Anota antes sus propias palabras: sin ellas, el dinero que tiene ahora se pierde para siempre.
wallet-restore-words = Las 24 palabras
wallet-restore-do = Sustituir la clave de este nodo
wallet-restore-ask = Los { $balance } de aquí pertenecen a la clave que este nodo tiene ahora. Sin las 24 palabras de esa clave quedan fuera de alcance para siempre.
wallet-restore-ask-empty = La clave que este nodo tiene ahora no guarda dinero. Lo que aún se envíe a su dirección queda fuera de alcance sin sus propias 24 palabras.
wallet-restore-yes = Sustituirla
wallet-restore-no = Conservar la clave actual
wallet-file-save = Guardarlas con la agenda en un archivo
wallet-file-open = O abrir un archivo guardado aquí
wallet-file-opened = Las palabras de { $name } están puestas, y los nombres del archivo están en la agenda.
wallet-file-none = Este archivo no es la cartera de un nodo.
wallet-file-version = Este archivo es de otra versión.
wallet-file-large = Este archivo es demasiado grande para ser una cartera.
wallet-file-unread = El navegador no puede leer este archivo.
wallet-that-is-you = Ese eres tú: elige a otra persona, o escribe tu dirección para pagarte a ti.
