const MINUS = '\u2212';
const DIGITS = '0123456789';
const SUPERSCRIPTS = '⁰¹²³⁴⁵⁶⁷⁸⁹';

/** A whole exponent in raised digits: `⁻³`. */
export function superscript(exponent: number): string {
  const digits = String(Math.abs(exponent))
    .split('')
    .map((d) => SUPERSCRIPTS[DIGITS.indexOf(d)])
    .join('');
  return (exponent < 0 ? '⁻' : '') + digits;
}

/**
 * A number to read: `digits` significant digits without trailing zeros, a true minus sign, and
 * `a x 10^b` outside 1e-3 .. 1e6.
 */
export function formatNumber(value: number, digits = 3): string {
  if (!Number.isFinite(value)) return String(value);
  if (value === 0) return '0';
  const magnitude = Math.abs(value);
  const sign = value < 0 ? MINUS : '';
  if (magnitude < 1e-3 || magnitude >= 1e6) {
    const [mantissa, exponent] = magnitude.toExponential(digits - 1).split('e');
    return `${sign}${Number(mantissa)} × 10${superscript(Number(exponent))}`;
  }
  return sign + String(Number(magnitude.toPrecision(digits)));
}

/** A number with a fixed count of decimals and a true minus sign, for columns that line up. */
export function formatFixed(value: number, decimals: number): string {
  const text = Math.abs(value).toFixed(decimals);
  return value < 0 && Number(text) !== 0 ? MINUS + text : text;
}

/** A fraction as a percentage: `96.9 %`. */
export function formatPercent(fraction: number, decimals = 1): string {
  return `${formatFixed(fraction * 100, decimals)} %`;
}

/** A whole number with thin spaces between groups of three from five digits on: `96 000`. */
export function formatCount(value: number): string {
  const text = String(value);
  return text.length < 5 ? text : text.replace(/\B(?=(\d{3})+$)/g, '\u202f');
}

/** A time: `0.42 s`, `12.3 s`, `3 min 05 s`, `2 h 14 min`. */
export function formatSeconds(seconds: number): string {
  if (seconds < 1) return `${formatNumber(seconds, 2)} s`;
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes} min ${String(whole % 60).padStart(2, '0')} s`;
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} min`;
}

/** Bytes in decimal units: `312 kB`, `4.1 MB`. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${formatNumber(value)} ${units[unit]}`;
}
