// SPDX-License-Identifier: Apache-2.0
package dev.curfew.run;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;

/// Gives every job of a run its key, by content and not by place, so that a changed list still
/// finds what is done.
///
/// Invariants
///
/// 1. Equal contents have equal hashes, and no two contents run together: every part is hashed with
///    its length in front.
/// 2. `used` is at most three quarters of the slots; a count of 0 marks a free slot.
///
/// **Threads.** One, that which reads the inputs.
///
/// **Cost.** About 30 bytes for each different content.
final class KeyMaker {

  private final byte[] common;
  private final MessageDigest digest = sha256();

  private long[] highs = new long[1 << 10];
  private long[] lows = new long[1 << 10];
  private int[] counts = new int[1 << 10];
  private int used;

  /// @param kind of job: a command, or a Java class
  /// @param parts what all jobs of the run share: command words, working directory, class path
  KeyMaker(String kind, List<byte[]> parts) {
    add(kind.getBytes(StandardCharsets.UTF_8));
    add(ByteBuffer.allocate(4).putInt(parts.size()).array());
    parts.forEach(this::add);
    common = digest.digest();
  }

  /// {@return the key of the next job of the list}
  JobKey next(Input input) {
    digest.update(common);
    add(input.bytes());
    // Of an input that is too long only the beginning is kept; its problem tells the length.
    add(input.problem().orElse("").getBytes(StandardCharsets.UTF_8));
    ByteBuffer hash = ByteBuffer.wrap(digest.digest());
    long high = hash.getLong();
    long low = hash.getLong();
    return new JobKey(high, low, count(high, low));
  }

  private void add(byte[] part) {
    digest.update(ByteBuffer.allocate(4).putInt(part.length).flip());
    digest.update(part);
  }

  private int count(long high, long low) {
    int slot = slot(high, low);
    if (counts[slot] == 0) {
      highs[slot] = high;
      lows[slot] = low;
      used++;
    }
    int nth = ++counts[slot];
    if (used > counts.length / 4 * 3) {
      grow();
    }
    return nth;
  }

  private int slot(long high, long low) {
    int mask = counts.length - 1;
    int slot = (int) low & mask;
    while (counts[slot] != 0 && (highs[slot] != high || lows[slot] != low)) {
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  private void grow() {
    long[] oldHighs = highs;
    long[] oldLows = lows;
    int[] oldCounts = counts;
    highs = new long[oldCounts.length * 2];
    lows = new long[oldCounts.length * 2];
    counts = new int[oldCounts.length * 2];
    for (int i = 0; i < oldCounts.length; i++) {
      if (oldCounts[i] != 0) {
        int slot = slot(oldHighs[i], oldLows[i]);
        highs[slot] = oldHighs[i];
        lows[slot] = oldLows[i];
        counts[slot] = oldCounts[i];
      }
    }
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException impossible) {
      throw new AssertionError("every Java platform has SHA-256", impossible);
    }
  }
}
