//! This process as the system sees it, under the names that every Prometheus client uses. Linux alone tells them in files;
//! elsewhere they are left out.

use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::{Registry, Unit};
use tabchain_shared::node::io::Time;

/// What can be told of this process now. A file that cannot be read, as in a sandbox, leaves out the rest.
pub fn registry(started: Time) -> Registry {
    let mut registry = Registry::default();
    #[expect(clippy::cast_precision_loss, reason = "milliseconds since 1970")]
    let started = started.0 as f64 / 1000.0;
    let help = "Start of the relay, since 1970";
    registry.register_with_unit("process_start_time", help, Unit::Seconds, ConstGauge::new(started));
    #[cfg(target_os = "linux")]
    if let Err(error) = linux::register(&mut registry) {
        tracing::debug!("the system does not tell about this process: {error}");
    }
    registry
}

#[cfg(target_os = "linux")]
mod linux {
    use procfs::ProcResult;
    use procfs::process::{LimitValue, Process};
    use prometheus_client::metrics::counter::ConstCounter;
    use prometheus_client::metrics::gauge::ConstGauge;
    use prometheus_client::registry::{Registry, Unit};

    pub(super) fn register(registry: &mut Registry) -> ProcResult<()> {
        let process = Process::myself()?;
        let stat = process.stat()?;
        let in_memory = stat.rss.saturating_mul(procfs::page_size());
        registry.register_with_unit(
            "process_resident_memory",
            "Resident memory size",
            Unit::Bytes,
            ConstGauge::new(in_memory),
        );
        registry.register_with_unit(
            "process_virtual_memory",
            "Virtual memory size",
            Unit::Bytes,
            ConstGauge::new(stat.vsize),
        );
        let cpu = seconds(stat.utime.saturating_add(stat.stime));
        registry.register_with_unit("process_cpu", "User and system time", Unit::Seconds, ConstCounter::new(cpu));
        registry.register("process_threads", "Threads", ConstGauge::new(stat.num_threads));
        registry.register("process_open_fds", "Open files and sockets", ConstGauge::new(process.fd_count()?));
        if let LimitValue::Value(most) = process.limits()?.max_open_files.soft_limit {
            registry.register("process_max_fds", "Files and sockets that may be open", ConstGauge::new(most));
        }
        Ok(())
    }

    #[expect(clippy::cast_precision_loss, reason = "exact for thousands of years of processor time")]
    fn seconds(ticks: u64) -> f64 {
        ticks as f64 / procfs::ticks_per_second() as f64
    }
}
