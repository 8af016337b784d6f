/** Formats of numbers that end in a digit which the others decide. */

const isbn13Weight = (at: number): number => (at % 2 === 0 ? 1 : 3);

const weighed = (digits: string, weight: (at: number) => number): number =>
  [...digits].reduce((sum, digit, at) => sum + weight(at) * (digit === "X" ? 10 : Number(digit)), 0);

export function isIsbn(text: string, version: 10 | 13): boolean {
  const digits = text.replace(/[\s-]+/g, "");
  if (version === 10) return /^\d{9}[\dX]$/.test(digits) && weighed(digits, (at) => 10 - at) % 11 === 0;
  return /^\d{13}$/.test(digits) && weighed(digits, isbn13Weight) % 10 === 0;
}

/** First digits and lengths of the issuers that are known. */
const issuers =
  /^(4\d{12}(\d{3})?|5[1-5]\d{14}|(222[1-9]|22[3-9]\d|2[3-6]\d\d|27[01]\d|2720)\d{12}|6(011|5\d\d)\d{12}|3[47]\d{13}|3(0[0-5]|[68]\d)\d{11}|(2131|1800|35\d{3})\d{11}|6[27]\d{14})$/;

export function isCardNumber(text: string): boolean {
  const digits = text.replace(/\D+/g, "");
  if (!issuers.test(digits)) return false;
  const sum = [...digits].reverse().reduce((total, digit, at) => {
    const doubled = Number(digit) * (at % 2 === 0 ? 1 : 2);
    return total + (doubled > 9 ? doubled - 9 : doubled);
  }, 0);
  return sum % 10 === 0;
}
