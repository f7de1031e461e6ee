namespace Kalinka.Bench;

/// <param name="Size">Payload, in bytes.</param>
/// <param name="Rate">Messages a second; 0 as fast as they are taken.</param>
/// <param name="Pub">Path of the executable kalinka-pub.</param>
/// <param name="Sub">Path of the executable kalinka-sub.</param>
/// <param name="Only">Name of the one contender to run; null for both.</param>
/// <param name="Check">A promise that is not kept is a failure.</param>
internal sealed record BenchOptions(
    int Messages,
    int Size,
    int Rate,
    int Rounds,
    string Pub,
    string Sub,
    string Folder,
    string? Only,
    bool Check
)
{
    /// <summary>Messages before a round that are not measured: code is compiled, buffers have grown.</summary>
    public int WarmUp => Math.Min(Messages, 40_000);
}
