# Schoolgate in a container.
#
#   docker build -t schoolgate .
#   docker run -d --name schoolgate -p 587:587 -v /etc/schoolgate:/etc/schoolgate:ro -v schoolgate:/var/lib/schoolgate schoolgate
#
# Docker lets every user in a container open port 587; where yours does not, listen on 2587 and publish 587:2587.
# The files in /etc/schoolgate (config.toml, master.key, passwords, tls/) must be readable by user 8025, and by nobody else.

FROM rust:1.95-bookworm AS builder
RUN apt-get update \
 && apt-get install --yes --no-install-recommends libssl-dev pkg-config \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /src
# The dependencies first, so that they are built again only when they change.
COPY Cargo.toml Cargo.lock ./
ARG PROFILE=release
RUN mkdir -p src tests/gateway benches/archive benches/detect benches/extract benches/relay \
 && echo 'fn main() {}' | tee src/main.rs tests/gateway/main.rs benches/rules.rs benches/store.rs benches/archive/main.rs benches/extract/main.rs benches/detect/main.rs > benches/relay/main.rs \
 && touch src/lib.rs \
 && cargo build --locked --profile "$PROFILE" --bin schoolgate \
 && rm -rf src tests benches
COPY . .
# COPY keeps the times of the files, which may be older than what was just built.
RUN touch src/lib.rs src/main.rs \
 && cargo build --locked --profile "$PROFILE" --bin schoolgate \
 && install -D "target/$(echo "$PROFILE" | sed 's/^dev$/debug/')/schoolgate" /out/schoolgate

FROM debian:bookworm-slim
RUN apt-get update \
 && apt-get install --yes --no-install-recommends ca-certificates libssl3 \
 && rm -rf /var/lib/apt/lists/* \
 && groupadd --gid 8025 schoolgate \
 && useradd --no-create-home --uid 8025 --gid 8025 --home-dir /var/lib/schoolgate --shell /usr/sbin/nologin schoolgate \
 && install -d -o schoolgate -g schoolgate -m 700 /var/lib/schoolgate \
 && install -d -o root -g schoolgate -m 750 /etc/schoolgate
COPY --from=builder /out/schoolgate /usr/bin/schoolgate
USER 8025:8025
VOLUME /var/lib/schoolgate
EXPOSE 25 465 587 8024
STOPSIGNAL SIGTERM
# Asks /healthz of [ops].address in the same config; give [ops] an address, or the container never becomes healthy.
HEALTHCHECK --interval=30s --timeout=10s --start-period=15s CMD ["/usr/bin/schoolgate", "healthcheck"]
ENTRYPOINT ["/usr/bin/schoolgate"]
CMD ["serve"]
