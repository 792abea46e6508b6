/** A secret: typed here and stored, or named where the operator keeps it. */
import { Group, Select, TextInput } from "@mantine/core";
import { SecretField } from "@/forms/SecretField";
import { connectorMessages } from "./messages";
import { SECRET_PLACES, type SecretPlace, type SecretValue } from "./signIn";

const text = connectorMessages.secretPlace;

interface SecretPlaceFieldProps {
  label: string;
  placeLabel: string;
  hint?: string;
  value: SecretValue;
  onChange: (value: SecretValue) => void;
  isStored?: boolean;
  isLong?: boolean;
  fault: string | undefined;
}

export function SecretPlaceField(props: SecretPlaceFieldProps) {
  const { label, placeLabel, hint, value, onChange, isStored = false, isLong = false, fault } = props;
  return (
    <Group align="flex-start" gap="sm" wrap="wrap">
      <Select
        label={placeLabel}
        data={SECRET_PLACES.map((place) => ({ value: place, label: text.option(place) }))}
        value={value.place}
        allowDeselect={false}
        onChange={(place) => onChange({ place: (place ?? "here") as SecretPlace, text: "" })}
      />
      <div style={{ flex: "1 1 260px" }}>
        {value.place === "here" ? (
          <SecretField
            label={label}
            {...(hint ? { hint } : {})}
            isStored={isStored}
            isRequired={!isStored}
            isLong={isLong}
            value={value.text}
            fault={fault}
            onChange={(next) => onChange({ place: "here", text: next })}
          />
        ) : (
          <TextInput
            label={text.name(value.place)}
            description={text.hint(value.place)}
            withAsterisk
            classNames={{ input: "or-mono" }}
            autoComplete="off"
            spellCheck={false}
            value={value.text}
            error={fault}
            onChange={(event) => onChange({ place: value.place, text: event.currentTarget.value })}
          />
        )}
      </div>
    </Group>
  );
}
