//! How many files and connections the system lets this process have open. Where it gives a process fewer than there are
//! places for connections (the usual limit is 1 024), strangers could take all of them, and then not even the operator gets in.

/// For all that is no stranger's connection: the database, joined relays, the runtime.
const RESERVED: usize = 64;

/// Asks the system for room for so many connections, and answers for how many there is.
#[cfg(unix)]
pub fn make_room(connections: usize) -> usize {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    let wanted = connections.saturating_add(RESERVED) as u64;
    // Absent: no limit.
    let allowed = limit.maximum.map_or(wanted, |maximum| wanted.min(maximum));
    let current = match limit.current {
        Some(current) if current < allowed => {
            let raised = Rlimit { current: Some(allowed), maximum: limit.maximum };
            if setrlimit(Resource::Nofile, raised).is_ok() { allowed } else { current }
        }
        Some(current) => current,
        None => wanted,
    };
    let room = usize::try_from(current).unwrap_or(usize::MAX).saturating_sub(RESERVED).max(1);
    if room < connections {
        tracing::warn!(
            "this system lets a process open {current} files, so {room} connections are taken and not {connections}: raise its \
             limit (ulimit -n, or LimitNOFILE of a service), or lower --max-connections"
        );
    }
    room.min(connections)
}

/// There is no such limit.
#[cfg(not(unix))]
pub fn make_room(connections: usize) -> usize {
    connections
}
