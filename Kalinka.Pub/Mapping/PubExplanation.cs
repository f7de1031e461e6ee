using Kalinka.Common.Mapping;

namespace Kalinka.Pub.Mapping;

/// <summary>What the rules make of one MQTT message.</summary>
public sealed record PubExplanation : MappingExplanation;
