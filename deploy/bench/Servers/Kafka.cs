namespace Kalinka.Bench.Servers;

internal static class Kafka
{
    /// <summary>A real broker when <c>KAFKA_HOME</c> names one, else the mock.</summary>
    public static async Task<IKafka> StartAsync(string folder) =>
        Environment.GetEnvironmentVariable("KAFKA_HOME") is { Length: > 0 } home
            ? await RealKafka.StartAsync(home, folder)
            : new MockKafkaServer();
}
