use tokio::net::TcpListener;

use super::*;

/// Both ends of a connection.
pub async fn pair() -> (Arc<TcpStream>, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let near = TcpStream::connect(listener.local_addr().expect("bound")).await.expect("it listens");
    let (far, _) = listener.accept().await.expect("it was called");
    (Arc::new(near), far)
}

const SMALL: OutboxBudget = OutboxBudget { bytes: 16, messages: 8 };

fn over(link: u32, bytes: usize) -> Outgoing {
    Outgoing::passed_on(LinkId(link), vec![7; bytes].into())
}

fn lengths(batch: &[Outgoing]) -> Vec<usize> {
    batch.iter().map(Outgoing::message_bytes).collect()
}

#[tokio::test]
async fn messages_leave_in_order_and_free_their_room() {
    let outbox = Outbox::new(SMALL);
    for _ in 0..3 {
        outbox.push(vec![1; 7]);
        outbox.push(vec![2; 9]);
        assert_eq!(lengths(&outbox.take_batch().await), [7, 9]);
    }
    assert!(outbox.queue().closing.is_none());
}

#[tokio::test]
async fn too_many_bytes_or_messages_close_the_connection() {
    for bytes in [4, 0] {
        let outbox = Outbox::new(SMALL);
        for _ in 0..9 {
            outbox.push(vec![0; bytes]);
        }
        assert_eq!(outbox.closed().await, Closing::TOO_SLOW);
        assert!(outbox.queue().messages.is_empty(), "nothing is kept for a reader that is gone");
    }
}

/// CASES 73: whoever fills another's queue alone loses the link, not the other its connection.
#[tokio::test]
async fn the_link_that_most_came_over_is_what_ends() {
    for bytes in [7, 0] {
        let outbox = Outbox::new(SMALL);
        assert_eq!(outbox.append(over(1, 1)), Pushed::Taken);
        let mut pushed = outbox.append(over(2, bytes));
        while pushed == Pushed::Taken {
            pushed = outbox.append(over(2, bytes));
        }
        assert_eq!(pushed, Pushed::Overdrawn(LinkId(2)));
        // Somebody else's turns out to be the one too many.
        assert_eq!(outbox.append(over(2, 12)), Pushed::Taken);
        assert_eq!(outbox.append(over(3, 3)), Pushed::Overdrawn(LinkId(2)));
        assert_eq!(lengths(&outbox.take_batch().await), [1, 3]);
    }
}

#[tokio::test]
async fn a_reader_that_several_wait_for_is_the_slow_one() {
    let outbox = Outbox::new(SMALL);
    for link in [1, 2, 1, 2, 3] {
        assert_eq!(outbox.append(over(link, 3)), Pushed::Taken);
    }
    assert_eq!(outbox.closed().await, Closing::TOO_SLOW);
}

/// What others sent leaves room for what the relay says.
#[tokio::test]
async fn nobody_takes_up_the_relays_own_part() {
    let outbox = Outbox::new(SMALL);
    assert_eq!(outbox.append(over(1, 14)), Pushed::Taken);
    outbox.push(vec![1; 2]);
    assert_eq!(lengths(&outbox.take_batch().await), [14, 2]);
    assert_eq!(outbox.append(over(1, 15)), Pushed::Taken);
    assert_eq!(outbox.closed().await, Closing::TOO_SLOW);
}

#[tokio::test]
async fn the_first_reason_to_close_stands() {
    let outbox = Outbox::new(SMALL);
    outbox.close(Closing::REPLACED);
    outbox.close(Closing::TOO_SLOW);
    assert_eq!(outbox.closed().await, Closing::REPLACED);
}

#[test]
fn an_empty_queue_keeps_little_room() {
    let outbox = Outbox::new(OutboxBudget::default());
    for _ in 0..1_000 {
        let _ = outbox.append(over(1, 100));
    }
    while !outbox.queue().take_batch().is_empty() {}
    let queue = outbox.queue();
    assert_eq!((queue.bytes, queue.messages.capacity()), (0, 0));
}

#[test]
fn a_busy_queue_keeps_its_room_until_it_is_not() {
    let outbox = Outbox::new(OutboxBudget::default());
    let fill_and_empty = |messages: usize| {
        for _ in 0..messages {
            let _ = outbox.append(over(1, 100));
        }
        while !outbox.queue().take_batch().is_empty() {}
        outbox.queue().messages.capacity()
    };
    assert!((64..=KEPT_WHILE_BUSY).contains(&fill_and_empty(64)));
    assert_eq!(fill_and_empty(1), 0);
}

mod written {
    use tokio::io::AsyncReadExt;

    use super::*;

    fn nobody(link: LinkId, _: &Outbox) {
        panic!("{link:?} is not overdrawn");
    }

    /// All that waits, written as fast as the other side reads, and so many bytes of it read there.
    async fn written(outbox: &Outbox, near: &TcpStream, far: &mut TcpStream, bytes: usize) -> Vec<u8> {
        let writing = async {
            while outbox.write_some(near) != Written::All {
                near.writable().await.expect("it lives");
            }
        };
        let mut came = vec![0; bytes];
        let ((), read) = tokio::join!(writing, far.read_exact(&mut came));
        read.expect("all of it");
        came
    }

    /// Everything that the system does not take at once waits, and comes whole and in order.
    #[tokio::test]
    async fn what_is_pushed_arrives_byte_for_byte() {
        let (near, mut far) = pair().await;
        let outbox = Arc::new(Outbox::new(OutboxBudget { bytes: 1 << 30, messages: 1 << 20 }));
        outbox.write_to(Arc::clone(&near));
        let mut expected = Vec::new();
        let frame = Bytes::from(vec![7; 10_000]);
        for number in 0..2_000 {
            let message = Outgoing::carried(LinkId(number), frame.clone());
            expected.extend(message.parts().concat());
            outbox.send(message);
        }
        assert!(!outbox.queue().messages.is_empty(), "20 MB are more than a socket takes");
        assert!(written(&outbox, &near, &mut far, expected.len()).await == expected);
    }

    /// What others get as well is what would have been sent to this one alone, whether the system takes it all, a part or nothing.
    #[tokio::test]
    async fn what_goes_over_a_link_arrives_byte_for_byte() {
        let (near, mut far) = pair().await;
        let traffic = Traffic::default();
        let outbox = Outbox::new(OutboxBudget { bytes: 1 << 30, messages: 1 << 20 }).counted(traffic.clone());
        outbox.write_to(Arc::clone(&near));
        let frames: Vec<_> = (0..MAX_MESSAGES_AT_ONCE + 3).map(|number| vec![7; 100 * number]).collect();
        let frames: Vec<_> = frames.into_iter().map(|frame| Outgoing::carried(LinkId(9), frame.into())).collect();
        let (mut expected, mut sent) = (Vec::new(), [0, 0]);
        let mut rounds_past_the_queue = 0;
        while outbox.queue().bytes < 20_000_000 {
            rounds_past_the_queue += u32::from(outbox.queue().messages.is_empty());
            let link = LinkId(rounds_past_the_queue);
            let count = 1 + expected.len() % frames.len();
            outbox.send_over(link, &frames[..count], &nobody);
            for frame in &frames[..count] {
                expected.extend(frame.over(link).parts().concat());
                sent = [sent[0] + 1, sent[1] + frame.message_bytes() as u64];
            }
        }
        assert!(rounds_past_the_queue > 1, "the first rounds find room");
        assert!(outbox.queue().begun > 0, "the first that does not is written in part");
        assert_eq!(traffic.sent(), sent);
        assert!(written(&outbox, &near, &mut far, expected.len()).await == expected);
        assert!(outbox.queue().messages.is_empty());
        // Nothing waits, and yet the system takes nothing.
        let mut full = Vec::new();
        while let Ok(count) = near.try_write(&[7; 1_000]) {
            full.extend(vec![7; count]);
        }
        outbox.send_over(LinkId(1), &frames[..2], &nobody);
        assert_eq!(outbox.queue().messages.len(), 2);
        assert_eq!(outbox.queue().begun, 0);
        full.extend(frames[0].over(LinkId(1)).parts().concat());
        full.extend(frames[1].over(LinkId(1)).parts().concat());
        assert!(written(&outbox, &near, &mut far, full.len()).await == full);
    }

    /// Of a frame that has begun the rest is still written, or the last words could not be read.
    #[tokio::test]
    async fn a_frame_that_has_begun_is_ended_before_the_last_words() {
        let (near, mut far) = pair().await;
        let outbox = Outbox::new(OutboxBudget { bytes: 1 << 30, messages: 1 << 20 });
        outbox.write_to(Arc::clone(&near));
        let frame = Outgoing::message(vec![7; 20_000_000]);
        let mut expected = frame.parts().concat();
        outbox.send(frame);
        outbox.push(vec![8; 100]);
        assert!(outbox.queue().begun > 0);
        outbox.close(Closing::REPLACED);
        let last = Outgoing::close(&Closing::REPLACED);
        expected.extend(last.parts().concat());
        outbox.end_with(last);
        assert!(written(&outbox, &near, &mut far, expected.len()).await == expected);
    }

    #[tokio::test]
    async fn a_dead_connection_takes_everything_and_keeps_nothing() {
        let (near, far) = pair().await;
        drop(far);
        let outbox = Outbox::new(OutboxBudget::default());
        outbox.write_to(Arc::clone(&near));
        while !outbox.queue().is_broken {
            outbox.push(vec![7; 1_000]);
            tokio::task::yield_now().await;
        }
        assert_eq!(outbox.append(over(1, 100)), Pushed::Taken);
        assert!(outbox.queue().messages.is_empty());
    }

    /// A writer that finds it dead has whoever attends to the connection look.
    #[tokio::test]
    async fn a_connection_that_dies_while_it_is_written_past_its_queue_ends() {
        let (near, far) = pair().await;
        drop(far);
        let outbox = Outbox::new(OutboxBudget::default());
        outbox.write_to(Arc::clone(&near));
        while !outbox.queue().is_broken {
            outbox.send_over(LinkId(1), &[Outgoing::carried(LinkId(1), vec![7; 1_000].into())], &nobody);
            tokio::task::yield_now().await;
        }
        outbox.left_over().await;
        assert_eq!(outbox.write_some(&near), Written::Broken);
    }
}
