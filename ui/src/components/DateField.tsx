/** One day of the calendar, typed or picked. What is half typed stays in the field: nobody else hears of the year 2. */
import { TextInput, type TextInputProps } from "@mantine/core";
import { useState, type SyntheticEvent } from "react";

type DateFieldProps = Omit<TextInputProps, "type" | "value" | "defaultValue" | "onChange"> & {
  /** YYYY-MM-DD, or empty. */
  value: string;
  /** Hears of whole days, and of none when the field is emptied and not `required`. */
  onChange: (day: string) => void;
};

/** A date input passes through the years 2, 20 and 202 on the way to 2026. */
const WHOLE_DAY = /^[1-9]\d{3}-\d\d-\d\d$/;
const LAST_DAY = "9999-12-31"; // without one, the browser takes years of six digits

export function DateField({ value, onChange, ...props }: DateFieldProps) {
  const [typed, setTyped] = useState<string | null>(null);

  function take({ currentTarget: field }: SyntheticEvent<HTMLInputElement>) {
    const day = field.value;
    const isEmptied = day === "" && !field.validity.badInput && !props.required;
    if (day !== value && (isEmptied || WHOLE_DAY.test(day))) onChange(day);
  }

  return (
    <TextInput
      {...props}
      max={props.max ?? LAST_DAY}
      type="date"
      value={typed ?? value}
      onChange={(event) => {
        setTyped(event.currentTarget.value);
        take(event);
      }}
      // An emptied field changes from no value to no value: that is no change to React.
      onKeyDown={(event) => event.key === "Enter" && take(event)}
      onBlur={(event) => {
        take(event);
        setTyped(null);
      }}
    />
  );
}
