// The engine: HTTP requests and the WebSocket, which comes back by itself.

const TOKEN_KEY = "oee-token";
const FIRST_RETRY_MS = 500;
const LAST_RETRY_MS = 8000;

export class ApiError extends Error {
  constructor(status, error) {
    super(error.message);
    this.status = status;
    this.code = error.code;
    this.field = error.field;
  }
}

export class Connection extends EventTarget {
  #socket = null;
  #retryMs = FIRST_RETRY_MS;
  #wsPort = 0;

  get token() {
    return sessionStorage.getItem(TOKEN_KEY) ?? "";
  }
  set token(value) {
    sessionStorage.setItem(TOKEN_KEY, value);
  }

  async request(method, path, body) {
    const headers = {};
    if (this.token !== "") headers.Authorization = `Bearer ${this.token}`;
    if (method === "POST") headers["Content-Type"] = "application/json";
    const response = await fetch(path, { method, headers, body: body && JSON.stringify(body) });
    let answer = {};
    try {
      answer = await response.json();
    } catch {
      // The status says enough.
    }
    if (!response.ok) {
      const error = answer.error ?? { code: "http", message: `The engine answered ${response.status}.` };
      throw new ApiError(response.status, error);
    }
    return answer;
  }
  get(path) {
    return this.request("GET", path);
  }
  post(path, body) {
    return this.request("POST", path, body);
  }

  // Emits "ready" each time that the feed stands, "lost" when it falls, "unauthorized" where a
  // token is asked for, and "message" with each message in detail.
  async open() {
    try {
      const health = await this.get("/api/health");
      this.#wsPort = health.wsPort;
      this.#emit("health", health);
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) {
        this.#emit("unauthorized");
        return;
      }
      this.#lost();
      return;
    }
    this.#connect();
  }

  send(message) {
    if (this.#socket?.readyState !== WebSocket.OPEN) return false;
    this.#socket.send(JSON.stringify(message));
    return true;
  }

  #connect() {
    // Policies cannot name [::1]; localhost reaches the same engine.
    const host = location.hostname.startsWith("[") ? "localhost" : location.hostname;
    const query = this.token === "" ? "" : `?token=${encodeURIComponent(this.token)}`;
    const socket = new WebSocket(`ws://${host}:${this.#wsPort}/${query}`);
    this.#socket = socket;
    socket.addEventListener("message", (event) => {
      const message = JSON.parse(event.data);
      if (message.type === "hello") {
        this.#retryMs = FIRST_RETRY_MS;
        this.#emit("ready", message);
      }
      this.#emit("message", message);
    });
    socket.addEventListener("close", () => {
      if (this.#socket === socket) this.#lost();
    });
  }

  #lost() {
    this.#socket = null;
    this.#emit("lost", { retryMs: this.#retryMs });
    setTimeout(() => this.open(), this.#retryMs);
    this.#retryMs = Math.min(this.#retryMs * 2, LAST_RETRY_MS);
  }

  #emit(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}
