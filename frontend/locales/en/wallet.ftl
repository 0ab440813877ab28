### Sending money, payments, the address book and the key, on `/`.

wallet-qr = Show it as a QR code
wallet-qr-why = Whoever scans it comes to this page with you filled in.
wallet-qr-label = QR code of the link to pay this node
wallet-other-tabs = Money of your other { $count ->
    [one] tab
   *[other] tabs
} is not here
wallet-other-tabs-why = Every tab is a node of its own, with a key and money of its own. These were open in this browser when this tab was opened. Go to that tab to spend its money, or have it sent here; if it is closed, open it again:

## Sending

wallet-send-money = Send money
wallet-send-to = Send to …
wallet-send-to-whom = Send to { $name }
wallet-to = To
wallet-to-what = a name, or an address
wallet-amount = Amount
wallet-fee-and-message = Fee and message
wallet-message = Message, for all to read
wallet-send = Send
wallet-sent = Sent.
wallet-sent-waits = Sent. It waits for the next block (transaction …{ $txid }).
wallet-sent-nobody = Sent, and nobody mines now: it waits until somebody does (transaction …{ $txid }).
wallet-sent-offline = Kept in this tab: you are off the network, and it goes out when you are back (transaction …{ $txid }).
wallet-not-sent = Not sent: { $reason }.
wallet-ambiguous = Several nodes are called { $name }. Choose one by its address.
wallet-nobody = Write whom to pay: a name or an address.
wallet-unknown = No node here is called { $name }.
wallet-bad-address = That will not arrive: { $reason }.
wallet-bad-amount = Amount: { $reason }.
wallet-bad-fee = Fee: { $reason }.
wallet-bad-message = Message: { $reason }.
wallet-fee = Fee for the miner
wallet-fee-in-coins = Fee in TAB
wallet-fee-next = Next block
wallet-fee-next-when = in the next block
wallet-fee-soon = Soon
wallet-fee-soon-when = within { $blocks } blocks
wallet-fee-cheapest = Cheapest
wallet-fee-cheapest-enough = enough for the next block right now
wallet-fee-cheapest-when = about { $blocks } blocks from now
wallet-fee-own = My own

## The address book

wallet-book = Address book
wallet-book-empty = Nobody yet: other nodes appear here by their names, and whom you save stays.
wallet-book-is-saved = saved
wallet-book-save = Save
wallet-book-forget = Forget
wallet-book-saved = { $name } is in the address book.
wallet-book-forgotten = { $name } is no longer in the address book.
wallet-book-name = Name
wallet-book-address = Address
wallet-book-bad-name = A name has 1 to 64 characters on one line.
wallet-book-full = The address book holds { $names } names. Forget one first.

## Payments

wallet-payments = My payments
wallet-no-payments = None yet. What you send and get is listed here.
wallet-from-whom = from { $name }
wallet-to-whom = to { $name }
wallet-to-yourself = to yourself
wallet-waits-next = Waits for the next block.
wallet-waits-raise = Waits for about { $blocks } more blocks: others pay higher fees and come first. Raise its fee and it comes sooner.
wallet-waits-long = Waits for about { $blocks } more blocks: others pay higher fees and come first.
wallet-waits-nobody = Waits for a block, and nobody mines now.
wallet-blocked = Stuck. Your payments are mined in the order of their numbers, and number { $number }, which comes before this one, is missing. The next one that you send takes that number.
wallet-confirmed = In block { $height }: { $count ->
    [one] { $count } confirmation
   *[other] { $count } confirmations
}
wallet-settled = In block { $height }, { $count } confirmations: hardly to be undone any more
wallet-returned = Block { $height } that held it lost to a longer chain, so it waits again.
wallet-undone-block = Undone. Block { $height } that held it lost to a longer chain, and that chain spends the same coins in another way.
wallet-undone = Undone. It was in no block yet when its coins went with a block that lost, or better paid ones pushed it out of the waiting line. Nothing was taken from you.
wallet-send-again = Send it again
wallet-sent-again = Sent again: see the new row.
wallet-fill-gap = Fill the gap with a payment to yourself
wallet-raise = Raise the fee
wallet-raise-new = New fee in TAB
wallet-raise-send = Send it anew
wallet-raise-least = At least { $fee }. The payment keeps its number, so only one of the two can be mined.
wallet-fee-of = Fee { $fee }.
wallet-replaces = Took the place of the same payment with a fee of { $fee }.
wallet-not-replaced = Not replaced: { $reason }.

## The key

wallet-phrase = Recovery phrase
wallet-phrase-why = 24 words that are this node's key. With them its money can be reached when this browser's data is gone; whoever reads them can spend it.
wallet-phrase-show = Show the words
wallet-phrase-hide = Hide the words
wallet-restore = Use a key that you have written down
wallet-restore-warning = This replaces the key of this node. Write its own words down first: without them the money that it has now is lost for good.
wallet-restore-words = The 24 words
wallet-restore-do = Replace this node's key
wallet-restore-ask = The { $balance } here belong to the key that this node has now. Without that key's own 24 words they are out of reach for good.
wallet-restore-ask-empty = The key that this node has now holds no money. Whatever is still sent to its address is out of reach without its own 24 words.
wallet-restore-yes = Replace it
wallet-restore-no = Keep the old key
wallet-file-save = Save them and the address book to a file
wallet-file-open = Or open a file that was saved here
wallet-file-opened = The words of { $name } are filled in, and the names from the file are in the address book.
wallet-file-none = This file is no wallet of a node.
wallet-file-version = This file is of another version.
wallet-file-large = This file is too large to be a wallet.
wallet-file-unread = The browser cannot read this file.
wallet-that-is-you = That is you: choose somebody else, or give your address to pay yourself.
