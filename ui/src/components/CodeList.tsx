/** Several technical words in one cell, such as permissions: a line ends between two of them, never inside of one. */
import { Fragment } from "react";

export function CodeList({ words }: { words: readonly string[] }) {
  return (
    <span className="or-mono">
      {words.map((word, place) => (
        <Fragment key={word}>
          {place > 0 && " "}
          <span className="or-whole">{place < words.length - 1 ? `${word},` : word}</span>
        </Fragment>
      ))}
    </span>
  );
}
