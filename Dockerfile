# The relay in an image: built as everybody builds it, run by nobody in particular.
#
#   docker build -t tabchain .
#   docker run -p 8000:8000 -v tabchain:/data tabchain
#
# docs/operations.md says what else there is to set.

FROM rust:1.95.0-bookworm AS build
RUN apt-get update \
    && apt-get install -y --no-install-recommends nodejs npm \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /tabchain
COPY .cargo .cargo
COPY Cargo.toml Cargo.lock rust-toolchain.toml Trunk.toml index.html ./
COPY frontend frontend
COPY relay relay
COPY shared shared
COPY tests tests
COPY xtask xtask
RUN cargo xtask build

FROM debian:bookworm-slim
RUN useradd --system --uid 10001 --user-group --no-create-home tabchain \
    && install --directory --owner tabchain --group tabchain --mode 0700 /data
COPY --from=build /tabchain/target/release/tabchain /usr/local/bin/tabchain
USER tabchain
VOLUME /data
EXPOSE 8000
# No HEALTHCHECK: the image holds no client. Whatever runs it asks GET /health.
# A load balancer has ten seconds to notice; `docker stop --time 30` gives the relay time for it.
STOPSIGNAL SIGTERM
ENTRYPOINT ["/usr/local/bin/tabchain"]
CMD ["--host", "0.0.0.0", "--data-dir", "/data", "--log-format", "json", "--drain", "10"]
