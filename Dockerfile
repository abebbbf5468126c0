# The service as one image. Build: docker build -t bookings .
FROM swift:6.3.1-bookworm AS build
RUN apt-get update && apt-get install -y --no-install-recommends libpq-dev libhiredis-dev libssl-dev libsqlite3-dev \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /source
COPY Package.swift ./
RUN swift package resolve
COPY Sources Sources
COPY Tests Tests
RUN swift build -c release --static-swift-stdlib --product BookingsServer \
    && install -s "$(swift build -c release --static-swift-stdlib --show-bin-path)/BookingsServer" /BookingsServer

FROM debian:bookworm-20250520-slim
LABEL org.opencontainers.image.title="Bookings" \
    org.opencontainers.image.description="A service for bookings: REST, Socket.IO and reminders" \
    org.opencontainers.image.licenses="Apache-2.0"
RUN apt-get update && apt-get install -y --no-install-recommends libpq5 libhiredis0.14 libsqlite3-0 libstdc++6 zlib1g \
        ca-certificates tzdata \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --create-home --home-dir /var/lib/bookings bookings \
    # A new volume that is mounted here inherits owner and mode of this folder, so that the service can write to it.
    && install -d -o bookings -g bookings -m 750 /var/lib/bookings/data
COPY --from=build /BookingsServer /usr/local/bin/BookingsServer
USER bookings
WORKDIR /var/lib/bookings
# With the embedded store nothing but the volume is written to, so that the root file system may be read-only.
ENV APP_ENV=production HOST=0.0.0.0 PORT=3000
VOLUME /var/lib/bookings/data
EXPOSE 3000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=5s --timeout=6s --start-period=40s --retries=3 CMD ["BookingsServer", "health"]
ENTRYPOINT ["BookingsServer"]
