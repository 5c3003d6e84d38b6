// SPDX-License-Identifier: Apache-2.0
package dev.curfew.run;

import java.nio.ByteBuffer;

/// What tells one job from all others: its content, and the how-manieth of that content it is.
///
/// @param high first half of the content's hash
/// @param low second half of it
/// @param nth 1 for the first job with this content
record JobKey(long high, long low, int nth) {

  byte[] bytes() {
    return ByteBuffer.allocate(16).putLong(high).putLong(low).array();
  }

  static JobKey of(byte[] bytes, int nth) {
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    return new JobKey(buffer.getLong(), buffer.getLong(), nth);
  }
}
