using Kalinka.Common.Mapping;

namespace Kalinka.Sub.Mapping;

/// <summary>What is the same for every record of one Kafka topic.</summary>
/// <param name="Number">Of the first rule that matches the topic, or -1.</param>
/// <param name="KafkaTopic">UTF-8.</param>
internal sealed record SubRoute(int Number, byte[] KafkaTopic, CaptureRange[] Captures);
