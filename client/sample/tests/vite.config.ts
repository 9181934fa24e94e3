// The sample and the test's page with a chat, as a development build: there, StrictMode runs effects twice.
import { defineConfig, mergeConfig } from "vite";
import sample from "../vite.config.ts";

const rolldownOptions = { input: ["index.html", "tests/chat.html"] };
const build = { rolldownOptions, minify: false, reportCompressedSize: false };
export default mergeConfig({ ...sample, build: {} }, defineConfig({ build }));
