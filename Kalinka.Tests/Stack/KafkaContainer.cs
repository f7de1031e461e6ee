using System.ComponentModel;
using System.Diagnostics;
using DotNet.Testcontainers.Containers;

namespace Kalinka.Tests.Stack;

/// <summary>Apache Kafka in a container, on a port that stays the same over restarts.</summary>
internal sealed class KafkaContainer : KafkaServer
{
    public const string Image = "apache/kafka:4.1.1";
    private const int ContainerPort = 9092;

    private readonly Testcontainers.Kafka.KafkaContainer _container;
    private string _address = "";

    private KafkaContainer(Testcontainers.Kafka.KafkaContainer container) => _container = container;

    // A stopped container does not know it any more.
    public override string BootstrapServers => _address;

    /// <summary>A Docker engine answers on its socket.</summary>
    public static bool IsAvailable()
    {
        try
        {
            using var docker = Process.Start(
                new ProcessStartInfo("docker", "info") { RedirectStandardOutput = true, RedirectStandardError = true }
            );
            return docker is not null && docker.WaitForExit(TimeSpan.FromSeconds(10)) && docker.ExitCode == 0;
        }
        catch (Win32Exception)
        {
            return false;
        }
    }

    public static async Task<KafkaServer> StartAsync(IReadOnlyDictionary<string, string> settings)
    {
        var builder = new Testcontainers.Kafka.KafkaBuilder(Image).WithPortBinding(FreePort.Next(), ContainerPort);
        foreach (var (name, value) in settings)
        {
            builder = builder.WithEnvironment("KAFKA_" + name.ToUpperInvariant().Replace('.', '_'), value);
        }

        var server = new KafkaContainer(builder.Build());
        await server.RestartAsync();
        return server;
    }

    public override Task StopAsync() => _container.StopAsync();

    /// <summary>The engine's interface knows no SIGKILL without removal: a stop is as near as it comes.</summary>
    public override Task KillAsync() => StopAsync();

    public override async Task RestartAsync()
    {
        if (_container.State == TestcontainersStates.Running)
        {
            await StopAsync();
        }

        await _container.StartAsync();
        _address = new Uri(_container.GetBootstrapAddress()).Authority;
        await UntilReadyAsync();
    }

    public override ValueTask DisposeAsync() => _container.DisposeAsync();
}
