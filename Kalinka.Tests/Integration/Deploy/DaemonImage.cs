using Kalinka.Tests.Stack;

namespace Kalinka.Tests.Integration.Deploy;

/// <summary>The image of one daemon, built from freshly published binaries, and a container that runs it.</summary>
internal sealed class DaemonImage : IAsyncDisposable
{
    private readonly DockerEngine _engine;

    private DaemonImage(DockerEngine engine, string container)
    {
        _engine = engine;
        Container = container;
    }

    public string Container { get; }

    /// <summary>Publishes, builds, and runs with a read-only root, no network, and the configuration of the compose file.</summary>
    /// <param name="name"><c>pub</c> or <c>sub</c>.</param>
    public static async Task<DaemonImage> RunAsync(DockerEngine engine, string name)
    {
        var context = Directory.CreateTempSubdirectory("image-");
        try
        {
            await PublishAsync(name, Path.Combine(context.FullName, "published"));
            await BuildAsync(engine, name, context.FullName);
        }
        finally
        {
            context.Delete(recursive: true);
        }
        var configuration = Repository.PathOf("deploy", "compose", $"{name}.json");
        var container = await engine.DoAsync(
            ["run", "--detach", "--network", "none", "--read-only", "--tmpfs", "/tmp"],
            ["--volume", $"{configuration}:/etc/kalinka/{name}.json:ro", $"kalinka-{name}"]
        );
        return new DaemonImage(engine, container);
    }

    /// <summary>A field of <c>docker inspect</c>.</summary>
    public Task<string> InspectAsync(string format) => _engine.DoAsync(["inspect", "--format", format, Container]);

    /// <summary>A command inside the container.</summary>
    public Task<CommandResult> ExecuteAsync(params string[] command) => _engine.RunAsync(["exec", Container], command);

    /// <summary>SIGTERM; the daemon's exit code.</summary>
    public async Task<string> StopAsync()
    {
        await _engine.DoAsync(["stop", "--time", "40", Container]);
        return await InspectAsync("{{.State.ExitCode}}");
    }

    public async ValueTask DisposeAsync() => await _engine.RunAsync(["rm", "--force", Container]);

    private static async Task PublishAsync(string name, string folder)
    {
        var project = Repository.PathOf(name == "pub" ? "Kalinka.Pub" : "Kalinka.Sub");
        var published = await Command.RunAsync(
            "dotnet",
            "publish",
            project,
            "-c",
            "Release",
            "-v",
            "quiet",
            "-o",
            folder
        );
        Assert.That(published.ExitCode, Is.Zero, published.Output);
    }

    private static async Task BuildAsync(DockerEngine engine, string name, string context)
    {
        var healthy = Path.Combine(context, "deploy", "docker", "healthy");
        Directory.CreateDirectory(Path.GetDirectoryName(healthy)!);
        File.Copy(Repository.PathOf("deploy", "docker", "healthy"), healthy);
        await engine.DoAsync(
            ["build", "--file", Repository.PathOf("deploy", "docker", $"{name}.Dockerfile"), "--target", "published"],
            ["--build-arg", "PUBLISHED=published", "--build-arg", $"RUNTIME_IMAGE={engine.RuntimeImage}"],
            ["--tag", $"kalinka-{name}", context]
        );
    }
}
