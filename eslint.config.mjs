import eslint from "@eslint/js";
import prettier from "eslint-config-prettier";
import regexp from "eslint-plugin-regexp";
import tseslint from "typescript-eslint";

export default tseslint.config(
  { ignores: ["node_modules", ".logto-stack", "coverage"] },
  eslint.configs.recommended,
  {
    files: ["**/*.{ts,tsx}"],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      "@typescript-eslint/no-unused-vars": [
        "error",
        { ignoreRestSiblings: true, argsIgnorePattern: "^_" },
      ],
      // A cause would print beneath a user's error, with what a library knows of addresses and passwords.
      "preserve-caught-error": "off",
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      // An import is loaded where it is used first (infra/load.cjs). With an import() of the same package
      // that goes on, Node refuses: "Cannot require() ES Module … because it is not yet fully loaded".
      "no-restricted-syntax": [
        "error",
        { selector: "ImportExpression", message: "Import it at the top: it is loaded lazily." },
        ...[
          "TemplateElement[value.raw=/file:\\/\\/$/]",
          "BinaryExpression > Literal[value=/^file:\\/\\//]",
        ].map((selector) => ({
          selector,
          message:
            "A path may hold what an address encodes: backendIn (tools/stack/backend.ts) or pathToFileURL.",
        })),
      ],
      "no-restricted-properties": [
        "error",
        {
          object: "URL",
          property: "canParse",
          message:
            "Once compiled, Node 20's takes a letter with an umlaut for no address: isUrl (infra/url.ts).",
        },
      ],
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
    },
  },
  {
    // A text that somebody else wrote may be long: no expression takes a time that grows with its square.
    plugins: { regexp },
    rules: {
      "regexp/no-super-linear-backtracking": "error",
      "regexp/no-super-linear-move": "error",
    },
  },
  {
    // Tests read what they made themselves.
    files: ["test/**"],
    rules: { "regexp/no-super-linear-move": "off" },
  },
  {
    files: ["**/*.cjs"],
    languageOptions: {
      sourceType: "commonjs",
      globals: {
        require: "readonly",
        module: "writable",
        exports: "writable",
        process: "readonly",
        console: "readonly",
        __dirname: "readonly",
        jest: "readonly",
        setInterval: "readonly",
        clearInterval: "readonly",
      },
    },
  },
  prettier,
);
