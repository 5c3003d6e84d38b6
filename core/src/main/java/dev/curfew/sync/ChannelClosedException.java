// SPDX-License-Identifier: Apache-2.0
package dev.curfew.sync;

import org.jspecify.annotations.Nullable;

/// Thrown to who sends to a channel that is closed, and to who receives from one that was closed
/// with a failure, once everything that was sent before has been received.
///
/// The failure that the channel was closed with is the cause.
public final class ChannelClosedException extends IllegalStateException {

  private static final long serialVersionUID = 1L;

  private ChannelClosedException(String message, @Nullable Throwable failure) {
    super(message, failure);
  }

  static ChannelClosedException notSent(String channel, @Nullable Throwable failure) {
    String why = failure == null ? "" : " because of " + failure;
    return new ChannelClosedException(
        "channel '%s' was closed%s, the item was not sent: end the senders, then close it"
            .formatted(channel, why),
        failure);
  }

  static ChannelClosedException broken(String channel, Throwable failure) {
    return new ChannelClosedException(
        "channel '%s' was closed because of %s; all that was sent before has been received"
            .formatted(channel, failure),
        failure);
  }
}
