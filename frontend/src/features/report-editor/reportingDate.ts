/** The last day from Monday to Friday before today, as a plain date in the reader's zone. */
export function lastWorkingDay(today: Date): string {
  const day = new Date(today.getFullYear(), today.getMonth(), today.getDate() - 1);
  while (day.getDay() === 0 || day.getDay() === 6) day.setDate(day.getDate() - 1);
  const two = (value: number) => String(value).padStart(2, "0");
  return `${day.getFullYear()}-${two(day.getMonth() + 1)}-${two(day.getDate())}`;
}
