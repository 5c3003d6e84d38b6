// SPDX-License-Identifier: Apache-2.0
package dev.curfew.run;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// One JSON object per line: that a job begins; what it printed, in pieces, then how it ended.
///
/// What each event holds is said in `docs/runner-events.schema.json`.
final class JsonSheet implements Printer.Sheet {

  private static final int PIECE = 64 * 1024;
  private static final JsonFactory JSON = new JsonFactory();

  private final OutputStream output;

  JsonSheet(OutputStream output) {
    this.output = new BufferedOutputStream(output, PIECE);
  }

  /// Writes the fields of one event.
  @FunctionalInterface
  interface Fields {
    void write(JsonGenerator json) throws IOException;
  }

  @Override
  public synchronized void write(Item item, Result result, Spool spool) throws IOException {
    Pieces out = new Pieces(item, "stdout");
    spool.copyOutput(out);
    out.flushRest();
    Pieces errors = new Pieces(item, "stderr");
    spool.copyErrors(errors);
    errors.flushRest();
    event("end", json -> writeResult(json, item, result));
  }

  @Override
  public boolean tells() {
    return true;
  }

  @Override
  public void begun(Item item) throws IOException {
    event(
        "start",
        json -> {
          json.writeNumberField("job", item.input().number());
          writeInput(json, item.input());
        });
  }

  @Override
  public void again(Item item, Result result) throws IOException {
    event("retry", json -> writeResult(json, item, result));
  }

  @Override
  public void stopping(String why) throws IOException {
    event("stop", json -> json.writeStringField("reason", why));
  }

  private static void writeResult(JsonGenerator json, Item item, Result result) throws IOException {
    json.writeNumberField("job", item.input().number());
    writeInput(json, item.input());
    json.writeStringField("outcome", result.word());
    if (result.code() >= 0) {
      json.writeNumberField("code", result.code());
    }
    if (result.signal() > 0) {
      json.writeNumberField("signal", result.signal());
    }
    json.writeNumberField("seconds", result.took().toNanos() / 1_000_000_000.0);
    if (!result.note().isEmpty()) {
      json.writeStringField("note", result.note());
    }
  }

  /// Writes an input so that it can be told from all others: as it is if it is text, else its
  /// bytes.
  static void writeInput(JsonGenerator json, Input input) throws IOException {
    if (input.text().isPresent()) {
      json.writeStringField("input", input.text().get());
    } else {
      json.writeBinaryField("inputBase64", input.bytes());
    }
  }

  /// Writes one line, and hands it on.
  synchronized void event(String name, Fields fields) throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    try (JsonGenerator json = JSON.createGenerator(line)) {
      json.writeStartObject();
      json.writeStringField("event", name);
      fields.write(json);
      json.writeEndObject();
    }
    line.write('\n');
    line.writeTo(output);
    output.flush();
  }

  /// Cuts a stream into events, never inside a character.
  private final class Pieces extends OutputStream {

    private final Item item;
    private final String stream;
    private byte[] rest = new byte[0];

    Pieces(Item item, String stream) {
      this.item = item;
      this.stream = stream;
    }

    @Override
    public void write(int b) throws IOException {
      write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int from, int count) throws IOException {
      byte[] all = Arrays.copyOf(rest, rest.length + count);
      System.arraycopy(bytes, from, all, rest.length, count);
      int whole = all.length - openTail(all);
      rest = Arrays.copyOfRange(all, whole, all.length);
      send(new String(all, 0, whole, StandardCharsets.UTF_8));
    }

    /// {@return how many bytes at the end are the beginning of a character, at most 3}
    private static int openTail(byte[] bytes) {
      for (int back = 1; back <= Math.min(3, bytes.length); back++) {
        int b = bytes[bytes.length - back] & 0xff;
        if (b >= 0xc0) {
          int length = b >= 0xf0 ? 4 : b >= 0xe0 ? 3 : 2;
          return length > back ? back : 0;
        }
        if (b < 0x80) {
          return 0;
        }
      }
      return 0;
    }

    void flushRest() throws IOException {
      send(new String(rest, StandardCharsets.UTF_8));
      rest = new byte[0];
    }

    private void send(String text) throws IOException {
      if (text.isEmpty()) {
        return;
      }
      event(
          "output",
          json -> {
            json.writeNumberField("job", item.input().number());
            json.writeStringField("stream", stream);
            json.writeStringField("text", text);
          });
    }
  }
}
