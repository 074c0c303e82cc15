# Einklang for a server: one image, used for the web application and for the jobs (see compose.yaml).

FROM python:3.11-slim AS build
WORKDIR /build
COPY . .
RUN python -m venv /opt/einklang && /opt/einklang/bin/pip install --no-cache-dir '.[postgres]'

FROM python:3.11-slim
RUN useradd --create-home --uid 10001 einklang && install -d -o einklang -g einklang /data
COPY --from=build /opt/einklang /opt/einklang
ENV PATH=/opt/einklang/bin:$PATH EINKLANG_DATA=/data PYTHONUNBUFFERED=1
USER einklang
VOLUME /data
EXPOSE 8000
HEALTHCHECK CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/readyz', timeout=3)"]
CMD ["einklang", "serve", "--host", "0.0.0.0", "--port", "8000"]
