#!/usr/bin/env bash
# Installs, with apt and only if something is missing, LibreOffice with its Python bridge, Gnumeric's
# converter, a virtual display with input (Xvfb, xdotool), and a font as wide as Calibri. Without apt it prints what to install.
set -euo pipefail

if command -v soffice >/dev/null && /usr/bin/python3 -c 'import uno' 2>/dev/null &&
  command -v ssconvert >/dev/null && command -v Xvfb >/dev/null && command -v xdotool >/dev/null &&
  [ -e /usr/share/fonts/truetype/crosextra/Carlito-Regular.ttf ]; then
  exit 0
fi
if [ -n "${XLGPT2_SOFFICE:-}" ]; then
  exit 0 # the user chose a LibreOffice
fi
if ! command -v apt-get >/dev/null; then
  echo "LibreOffice or Gnumeric is missing, two of five engines. Install it from your system's" >&2
  echo "packages or its own site; xlgpt2 doctor then says whether it was found." >&2
  exit 0
fi
as_root=()
if [ "$(id -u)" != 0 ]; then
  if ! command -v sudo >/dev/null; then
    echo "As root: apt-get install libreoffice-calc python3-uno gnumeric xvfb xdotool fonts-crosextra-carlito" >&2
    exit 0
  fi
  as_root=(sudo)
fi
echo "Installing LibreOffice, Gnumeric, Xvfb and xdotool ..." >&2
"${as_root[@]}" apt-get update -qq
DEBIAN_FRONTEND=noninteractive "${as_root[@]}" \
  apt-get install -y -qq --no-install-recommends libreoffice-calc python3-uno gnumeric \
  xvfb xdotool fonts-crosextra-carlito >/dev/null
