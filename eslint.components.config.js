/**
 * The rules that follow what a component does through the React compiler: six times the work of all others together,
 * so `make test` asks them and `make check` does not. We do not build with the compiler.
 */
import jsxA11y from "eslint-plugin-jsx-a11y";
import reactHooks from "eslint-plugin-react-hooks";
import tseslint from "typescript-eslint";

export default tseslint.config(
    { ignores: ["**/node_modules/**", "**/dist/**", "**/*.gen.ts", "backend/static/**"] },
    { linterOptions: { reportUnusedDisableDirectives: "off" } },
    {
        files: ["**/*.{ts,tsx}"],
        plugins: { "jsx-a11y": jsxA11y }, // comments in the files name its rules
        languageOptions: { parser: tseslint.parser, parserOptions: { ecmaFeatures: { jsx: true } } },
    },
    reactHooks.configs.flat["recommended-latest"],
    // Speaks to those who build with the compiler.
    { rules: { "react-hooks/incompatible-library": "off" } },
);
