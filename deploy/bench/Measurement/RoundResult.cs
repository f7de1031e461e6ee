namespace Kalinka.Bench.Measurement;

/// <summary>One round of one contender.</summary>
/// <param name="Delivered">Messages at the far end; more than were sent means duplicates.</param>
internal sealed record RoundResult(
    int Delivered,
    double CpuMicrosecondsPerMessage,
    double MessagesPerSecond,
    double MedianMilliseconds,
    double NinetyNinthMilliseconds
);
