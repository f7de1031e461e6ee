using Kalinka.QuickStart.Daemons;

namespace Kalinka.Bench.Contenders;

/// <summary>Something that carries messages from one side to the other, and is measured.</summary>
/// <param name="From">Where it reads: the beginning of the MQTT topic names, or the Kafka topic.</param>
/// <param name="To">Where it writes: the Kafka topic, or the beginning of the MQTT topic names.</param>
/// <param name="Tail">The messages that may stay in its buffers until more come: nobody waits for these.</param>
/// <param name="Start">Starts it; what it prints goes into the file.</param>
internal sealed record Contender(string Name, string From, string To, int Tail, Func<string, GuardedProcess> Start);
