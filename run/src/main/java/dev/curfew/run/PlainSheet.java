// SPDX-License-Identifier: Apache-2.0
package dev.curfew.run;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/// Output as it is, with the input in front of each line if asked for.
final class PlainSheet implements Printer.Sheet {

  private static final int BUFFER = 64 * 1024;

  private final OutputStream output;
  private final OutputStream errors;
  private final boolean tag;

  PlainSheet(OutputStream output, OutputStream errors, boolean tag) {
    this.output = new BufferedOutputStream(output, BUFFER);
    this.errors = new BufferedOutputStream(errors, BUFFER);
    this.tag = tag;
  }

  @Override
  public void write(Item item, Result result, Spool spool) throws IOException {
    if (spool.isEmpty()) {
      return;
    }
    spool.copyOutput(tagged(output, item));
    output.flush();
    spool.copyErrors(tagged(errors, item));
    errors.flush();
  }

  private OutputStream tagged(OutputStream to, Item item) {
    if (!tag) {
      return to;
    }
    return new Tagged(to, (item.input().name() + "\t").getBytes(StandardCharsets.UTF_8));
  }

  /// Puts a tag in front of each line.
  private static final class Tagged extends OutputStream {

    private final OutputStream to;
    private final byte[] tag;
    private boolean lineBegins = true;

    Tagged(OutputStream to, byte[] tag) {
      this.to = to;
      this.tag = tag;
    }

    @Override
    public void write(int b) throws IOException {
      if (lineBegins) {
        to.write(tag);
      }
      lineBegins = b == '\n';
      to.write(b);
    }

    @Override
    public void write(byte[] bytes, int from, int count) throws IOException {
      int begin = from;
      for (int i = from; i < from + count; i++) {
        if (bytes[i] == '\n') {
          writeRun(bytes, begin, i + 1);
          lineBegins = true;
          begin = i + 1;
        }
      }
      if (begin < from + count) {
        writeRun(bytes, begin, from + count);
      }
    }

    private void writeRun(byte[] bytes, int begin, int end) throws IOException {
      if (lineBegins) {
        to.write(tag);
        lineBegins = false;
      }
      to.write(bytes, begin, end - begin);
    }
  }
}
