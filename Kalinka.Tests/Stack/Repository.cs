namespace Kalinka.Tests.Stack;

/// <summary>The working tree that the tests were built from.</summary>
internal static class Repository
{
    /// <summary>The folder that holds <c>Kalinka.sln</c>.</summary>
    public static string Root { get; } = FindRoot(AppContext.BaseDirectory);

    public static string PathOf(params string[] parts) => Path.Combine([Root, .. parts]);

    private static string FindRoot(string start)
    {
        for (var folder = new DirectoryInfo(start); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Kalinka.sln")))
            {
                return folder.FullName;
            }
        }
        throw new DirectoryNotFoundException($"no Kalinka.sln above {start}");
    }
}
