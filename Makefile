# What one does with Schoolgate's source. Each target installs what it needs (scripts/setup); none asks anything.

.PHONY: help demo test lint bench install docker clean
.DEFAULT_GOAL := help

PREFIX  ?= /usr/local
DESTDIR ?=
# rustup from the distribution or from its own page: cargo may be new in this very run.
export PATH := $(HOME)/.cargo/bin:$(PATH)

help:
	@echo "make demo     a whole gateway on loopback with sample mail; DEMO=--once ends after the table"
	@echo "make test     format, lints, and every test, against real mail programs"
	@echo "make lint     format and lints alone"
	@echo "make bench    messages a second, beside Postfix; what the detectors find; the archive beside notmuch and PostgreSQL"
	@echo "              BENCH='--bench archive' runs one alone; SCHOOLGATE_BENCH_ARCHIVE=1000000 fills it with a million mails"
	@echo "make install  the program, its unit and its example (as root; PREFIX, DESTDIR)"
	@echo "make docker   the container image (docker, podman or buildah)"

demo:
	@scripts/setup build
	@echo "building; the first time takes some minutes"
	@cargo build --release --locked --quiet
	@target/release/schoolgate demo $(DEMO)

# The last line is the test runner's own summary.
test:
	@scripts/setup test
	@cargo fmt --check
	@cargo clippy --all-targets --locked --quiet -- --deny warnings
	@if cargo nextest --version >/dev/null 2>&1; then cargo nextest run --locked; else cargo test --locked; fi

lint:
	@scripts/setup build
	@cargo fmt --check
	@cargo clippy --all-targets --locked -- --deny warnings
	@if cargo deny --version >/dev/null 2>&1; then cargo deny check licenses bans sources; fi

bench:
	@scripts/setup test
	@cargo bench --locked $(BENCH)

install:
	@test -x target/release/schoolgate || { scripts/setup build && cargo build --release --locked; }
	install -D -m 755 target/release/schoolgate $(DESTDIR)$(PREFIX)/bin/schoolgate
	install -d $(DESTDIR)$(PREFIX)/share/man/man1
	target/release/schoolgate man > $(DESTDIR)$(PREFIX)/share/man/man1/schoolgate.1
	chmod 644 $(DESTDIR)$(PREFIX)/share/man/man1/schoolgate.1
	install -D -m 644 config.toml.example $(DESTDIR)$(PREFIX)/share/doc/schoolgate/config.toml.example
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/doc/schoolgate/lists lists/*.txt
	install -d $(DESTDIR)/etc/systemd/system
	sed 's|/usr/bin/schoolgate|$(PREFIX)/bin/schoolgate|' packaging/systemd/schoolgate.service > $(DESTDIR)/etc/systemd/system/schoolgate.service
	chmod 644 $(DESTDIR)/etc/systemd/system/schoolgate.service
	install -D -m 644 packaging/systemd/schoolgate.sysusers $(DESTDIR)/usr/lib/sysusers.d/schoolgate.conf
	@test -n "$(DESTDIR)" || { systemd-sysusers && install -d -o root -g schoolgate -m 750 /etc/schoolgate && systemctl daemon-reload; } 2>/dev/null || true

docker:
	@tool=$$(command -v docker || command -v podman || command -v buildah) || { echo "install docker, podman or buildah"; exit 1; }; \
	  case "$$tool" in *docker) set --;; *) set -- --format docker;; esac; "$$tool" build "$$@" -t schoolgate .

clean:
	cargo clean
