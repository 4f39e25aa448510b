# The desk without its embedded services: DATABASE_URL and REDIS_URL say where Postgres and Redis are.
FROM python:3.13-slim-bookworm AS build
WORKDIR /src
COPY . .
RUN pip wheel --no-cache-dir --wheel-dir /wheels .

FROM python:3.13-slim-bookworm
RUN useradd --system --uid 10001 --create-home --home-dir /var/lib/postroom postroom
COPY --from=build /wheels /wheels
RUN pip install --no-cache-dir --no-index --find-links /wheels postroom && rm -rf /wheels
# By number, so that whoever runs the image can see that it is not root's.
USER 10001
WORKDIR /var/lib/postroom
ENV POSTROOM_DATA=/var/lib/postroom/data HTTP_HOST=0.0.0.0 SMTP_HOST=0.0.0.0 PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
RUN mkdir -m 0700 data
VOLUME /var/lib/postroom/data
EXPOSE 8000 2525
STOPSIGNAL SIGTERM
CMD ["postroom", "web"]
